#pragma once

#include <string_view>

#include "base/result.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// A file as SentencePiece writes it (sentencepiece_model.proto), of the kinds BPE and Unigram. Errors name
/// `file`: kCorruptData for what is none; kUnsupported for other kinds and for options that no published
/// model uses; kResourceLimit.
Result<VocabData> parse_sentencepiece_model(std::string_view bytes,
                                            std::string_view file = "tokenizer.model");

}  // namespace hearth
