#pragma once

#include <string_view>

#include "base/result.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// The largest tokenizer.json that is read; the largest published have some 35 MB.
inline constexpr size_t kMaxTokenizerJsonBytes = size_t(256) << 20;

/// A tokenizer.json: vocabulary and the whole pipeline, `VocabData::spec`. Roles other than the unknown token
/// are elsewhere (tokenizer_config.json). Errors: kCorruptData, kUnsupported, kResourceLimit, each naming the
/// place.
Result<VocabData> parse_tokenizer_json(std::string_view text);

}  // namespace hearth
