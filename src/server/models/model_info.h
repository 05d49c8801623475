#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/call/json.h"
#include "base/result.h"

namespace hearth::server {

/// What lists say of a model's files.
struct ModelDetails {
  std::string format;              ///< "gguf", "safetensors"
  std::string family;              ///< the architecture: "llama"
  std::string parameter_size;      ///< "134.52M"
  std::string quantization_level;  ///< "Q4_K_M", "F16"

  api::Json json() const;
};

/// A model's files as /api/show tells of them.
struct ModelInfo {
  ModelDetails details;
  api::Json keys = api::Json::object();    ///< the metadata, without name and chat template
  api::Json tensors = api::Json::array();  ///< only where all was asked for
  std::string chat_template = {};
  std::vector<std::string> capabilities = {};  ///< "completion", "embedding", "tools", "thinking", "insert"
};

/// Reads the headers of a GGUF file or a folder. `verbose`: long arrays and tensors too. Errors: those of the
/// files.
Result<ModelInfo> read_model_info(const std::filesystem::path& path, bool verbose);

/// "1.1B", "134.52M", "21K", as Ollama writes a number of parameters.
std::string parameter_size_text(uint64_t num_parameters);

/// Details by file, read once while the file stays as it is. Thread-safe.
class ModelDetailsCache {
 public:
  /// Nothing where the files cannot be read.
  std::optional<ModelDetails> get(const std::filesystem::path& path);

 private:
  struct Entry {
    std::filesystem::file_time_type written;
    ModelDetails details;
  };
  std::mutex mutex_;
  std::map<std::filesystem::path, Entry> entries_;  ///< guarded by mutex_
};

}  // namespace hearth::server
