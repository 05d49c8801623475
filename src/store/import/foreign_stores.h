#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "store/import/found_files.h"
#include "store/model_path.h"

namespace hearth {

/// Where another program keeps its models.
struct ForeignStore {
  std::string_view name;  ///< "ollama"
  /// The folders that it uses, by its own variables; the first that exists counts.
  std::vector<std::filesystem::path> (*folders)(const Environment& environment);
  /// What is there. What cannot be read is told to `log` and left out.
  std::vector<FoundFiles> (*find)(const std::filesystem::path& folder, const LogSink& log);
};

/// Ollama, LM Studio, the cache of Hugging Face, that of llama.cpp.
const std::vector<ForeignStore>& foreign_stores();

}  // namespace hearth
