#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth {

/// Reads an environment variable; nothing where it is unset or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The environment of this process.
Environment process_environment();

/// The folder of the model store: $HEARTH_MODELS, or else $OLLAMA_MODELS, or else hearth/models in the user's
/// data folder (XDG base directories). Nothing where the user has no home.
std::optional<std::filesystem::path> store_folder(const Environment& environment);

/// Where loose files of models are looked for by name, in order: the store's folder, then hearth in the
/// user's cache folder.
std::vector<std::filesystem::path> model_folders(const Environment& environment);

/// The GGUF files (of split sets, the first part) in the model folders, by path within its folder, without
/// those that the store has there.
std::vector<std::string> list_models(const Environment& environment);

/// The file or folder that a user means: a path, or the name of a file in a model folder, with or without
/// ".gguf", or of a folder there that holds a config.json. Errors: kNotFound saying where it looked and what
/// is there; kIo where a folder is closed to the user.
Result<std::filesystem::path> resolve_model(std::string_view model, const Environment& environment);

/// A file, or a folder of a model's files.
bool is_model(const std::filesystem::path& path);

}  // namespace hearth
