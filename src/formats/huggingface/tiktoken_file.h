#pragma once

#include <string_view>

#include "base/result.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// Whether a file is one of tiktoken's: lines of a token in base64 and its rank.
bool is_tiktoken_file(std::string_view text);

/// A file of tiktoken's. The pattern is not in it: it is the one of `tokenizer_class`, else of the vocabulary
/// with as many ranks. Errors: kCorruptData naming the line; kUnsupported for a pattern that is not known;
/// kResourceLimit.
Result<VocabData> parse_tiktoken_file(std::string_view text, std::string_view tokenizer_class);

}  // namespace hearth
