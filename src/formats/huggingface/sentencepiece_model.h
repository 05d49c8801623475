#pragma once

#include <string_view>

#include "base/result.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// A tokenizer.model as SentencePiece writes it (sentencepiece_model.proto), of the kinds BPE and Unigram.
/// Errors: kCorruptData for what is none; kUnsupported for other kinds and for options that no published
/// model uses; kResourceLimit.
Result<VocabData> parse_sentencepiece_model(std::string_view bytes);

}  // namespace hearth
