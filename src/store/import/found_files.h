#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "store/content/manifest.h"
#include "store/names/model_name.h"

namespace hearth {

/// A file that becomes a layer.
struct FoundFile {
  std::filesystem::path path;
  std::string media_type;
  std::string name = {};  ///< within the model's folder; empty: none is needed
};

/// A model that lies outside of the store, and how it will be called there.
struct FoundFiles {
  ModelName name;
  std::string origin = {};
  std::vector<FoundFile> files = {};
  std::optional<Manifest> manifest = {};  ///< where it has one, whose layers the files are, in order
};

/// The models of a folder of GGUF files, split ones as one, each named by what `name_of` says of its file;
/// what makes input of images goes to each. Not in order.
std::vector<FoundFiles> group_weights(const std::vector<std::filesystem::path>& files,
                                      const std::string& origin, const ModelName& repository);

/// The files of a model as Hugging Face has it: configuration, tokenizer, weights.
std::vector<FoundFile> folder_files(const std::filesystem::path& folder);

/// What a user names: a GGUF file (of a split one any part), a folder with a config.json, or a folder of GGUF
/// files. Called by the names of their files. Errors: kNotFound, kInvalidArgument for what is no model.
Result<std::vector<FoundFiles>> models_at(const std::filesystem::path& path);

}  // namespace hearth
