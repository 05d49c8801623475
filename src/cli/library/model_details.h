#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/result.h"

namespace hearth::cli {

/// What a model's files say of it, for lists.
struct ModelDetails {
  std::string format;        ///< "gguf" or "safetensors"
  std::string architecture;  ///< empty: the files do not say
  int64_t num_parameters = 0;
  std::string quantisation;  ///< the type of most of its weights' bytes: "Q4_K"
  std::optional<uint32_t> context = {};
  std::optional<uint32_t> embedding_size = {};
  std::optional<std::string> chat_template = {};
};

/// Errors: those of opening the files.
Result<ModelDetails> read_model_details(const std::filesystem::path& path, const LogSink& log);

/// "134.5M", "8.0B".
std::string parameter_text(int64_t num_parameters);
/// "98.4 MB", as Ollama's lists have it.
std::string size_text(uint64_t num_bytes);
/// "2 hours ago".
std::string age_text(int64_t seconds);

}  // namespace hearth::cli
