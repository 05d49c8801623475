#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "store/content/manifest.h"
#include "store/names/model_name.h"

namespace hearth {

/// A model of the store, with what its small layers say.
struct StoredModel {
  ModelName name;
  Manifest manifest;
  int64_t modified = 0;  ///< seconds since 1970: when the manifest was written

  std::filesystem::path path = {};  ///< what is opened: a GGUF file (its first part) or a folder
  std::vector<std::filesystem::path> adapters = {};  ///< LoRA, in order
  std::filesystem::path projector = {};              ///< empty: none
  std::filesystem::path draft = {};                  ///< empty: none
  std::optional<std::string> chat_template = {};     ///< Go's, or Jinja's
  std::optional<std::string> system = {};
  std::string parameters = {};  ///< JSON object of Ollama's options; empty: none
  std::string messages = {};    ///< JSON array of {"role", "content"}; empty: none
  std::vector<std::string> licenses = {};
};

}  // namespace hearth
