#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "formats/model/embedding_config.h"

namespace hearth {

/// What a folder of the package sentence-transformers says: `modules.json` and the configs of its modules,
/// `sentence_bert_config.json`, `config_sentence_transformers.json`; and of a cross-encoder config.json
/// itself, which is `config`. Errors: kCorruptData naming the place; kResourceLimit; kUnsupported for ways of
/// pooling and for modules that this build does not know.
Result<EmbeddingConfig> read_sentence_transformers(const std::filesystem::path& folder,
                                                   const nlohmann::json& config);

/// The same of files by their names within the folder ("1_Pooling/config.json"): a text, or nothing where
/// there is none.
using CompanionFiles = std::function<Result<std::optional<std::string>>(const std::string& name)>;
Result<EmbeddingConfig> parse_sentence_transformers(const CompanionFiles& files,
                                                    const nlohmann::json& config);

}  // namespace hearth
