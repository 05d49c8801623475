#pragma once

#include <vector>

#include "base/result.h"
#include "text/tokenizer/tokenizer_spec.h"
#include "text/tokenizer/vocab.h"

namespace hearth {

/// What GGUF's names of a tokenizer stand for.
struct GgufTokenizer {
  TokenizerSpec spec;  ///< but for what follows from the vocabulary: prefix, suffix, added tokens
  VocabDefaults defaults;
};

/// Of the kind and pre-tokenizer that `data` names; fills in what old files leave out and take for granted.
/// Error: kUnsupported, naming what is not known.
Result<GgufTokenizer> gguf_tokenizer(VocabData& data);

/// The tokens that stand for themselves: control, unknown and user-defined ones. SentencePiece puts its space
/// in front before it looks for user-defined tokens, and finds those with their spaces escaped.
std::vector<AddedToken> gguf_added_tokens(const Vocab& vocab);

}  // namespace hearth
