#pragma once

#include <optional>
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

/// The token that GGUF files name to stand between two texts.
struct GgufSeparator {
  std::optional<TokenId> id;
  bool is_added = false;    ///< beside the end of the first text
  bool by_segment = false;  ///< the two texts are two segments
};
GgufSeparator gguf_separator(const VocabData& data);

/// Two texts, each between what stands around one. Nothing where a text has no end.
std::optional<PairFrame> gguf_pair_frame(const TokenizerSpec& spec, const GgufSeparator& separator);

/// The tokens that stand for themselves: control, unknown and user-defined ones. SentencePiece puts its space
/// in front before it looks for user-defined tokens, and finds those with their spaces escaped.
std::vector<AddedToken> gguf_added_tokens(const Vocab& vocab);

}  // namespace hearth
