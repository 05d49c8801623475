#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// The largest tokenizer.json that is read; the largest published have some 35 MB.
inline constexpr size_t kMaxTokenizerJsonBytes = size_t(256) << 20;

/// A tokenizer.json: vocabulary and the whole pipeline, `VocabData::spec`. Roles other than the unknown token
/// are elsewhere (tokenizer_config.json). Errors: kCorruptData, kUnsupported, kResourceLimit, each naming the
/// place.
Result<VocabData> parse_tokenizer_json(std::string_view text);

/// The same of one that was made of other files, which errors name.
Result<VocabData> read_tokenizer_json(const nlohmann::json& json, const std::string& file);

}  // namespace hearth
