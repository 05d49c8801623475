#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "text/normalize/normalizer_step.h"
#include "text/split/pre_tokenizer_step.h"

namespace hearth {

using TokenId = int32_t;

/// How a word becomes tokens.
enum class TokenModel : uint8_t {
  kMerges,        ///< byte pair encoding by a list of merges
  kScoredMerges,  ///< the same by the scores of what neighbours become (SentencePiece)
  kUnigram,       ///< the most probable tokens
  kWordPiece,     ///< the longest first, with a prefix for those inside a word
  kWordLevel,     ///< whole words
  kLongestMatch,  ///< the longest first
};

struct TokenModelSpec {
  TokenModel kind = TokenModel::kMerges;
  bool ignore_merges = false;  ///< a word that is a token becomes it, whatever the merges say
  bool newline_runs = false;   ///< a word of newlines that is a token becomes it
  bool byte_fallback = false;  ///< what no token covers is written by tokens of bytes, where there are such
  bool fuse_unk = false;       ///< a run of unknown characters is one unknown token
  bool drop_unk = false;       ///< unknown characters go before merging, where there is no unknown token
  bool wide_scores = false;    ///< kUnigram: scores are summed in double precision
  std::string word_prefix;     ///< how tokens spell the start of a word (kWordPiece)
  std::string inner_prefix;    ///< how tokens inside a word start ("##")
  std::string word_suffix;     ///< how tokens at the end of a word end ("</w>")
  size_t max_word_chars = 0;   ///< kWordPiece: longer words are unknown; 0: none is
};

/// A token that stands for itself in a text, whatever the model makes of the rest.
struct AddedToken {
  TokenId id = 0;
  std::string content;
  bool special = false;      ///< steers the model: is no text
  bool lstrip = false;       ///< takes the white space before it
  bool rstrip = false;       ///< takes the white space behind it
  bool single_word = false;  ///< only where no letter or digit stands beside it
  bool normalized = false;   ///< is looked for after normalizing, in the spelling that normalizing gives it
  bool as_spelt = false;     ///< ... in its own spelling
};

/// One step from tokens to text.
struct DecoderStep {
  enum class Kind : uint8_t {
    kByteLevel,     ///< GPT-2's letters are bytes
    kByteFallback,  ///< "<0x0A>" is a byte
    kReplace,       ///< each `pattern` by `content`
    kMetaspace,     ///< `pattern` is a space; the first of a text goes, if `start` is 1
    kStrip,         ///< up to `start` and `stop` times `content` at the ends of each token
    kStripText,     ///< up to `start` times `content` at the start of the text
    kWordPiece,     ///< `pattern` joins a token to the one before it, a space parts the others
    kWordSuffix,    ///< `pattern` at the end of a token is a space, but for the last one
    kJoinSpaces,    ///< a space between tokens
    kCtc,           ///< repeated tokens are one, `pattern` is none, `content` is a space
    kCleanup,       ///< no space before punctuation and English contractions
    kEscapes,       ///< "\\n" and "\\x0a" are bytes, as Python writes them
  };

  Kind kind = Kind::kReplace;
  std::string pattern = {}, content = {};
  size_t start = 0, stop = 0;
};

/// A token that stands around texts, and the segment that it counts to.
struct FrameToken {
  TokenId id = 0;
  int32_t type = 0;
};

/// What stands around and between two texts that a model reads as one, and the segments of the two.
struct PairFrame {
  std::vector<FrameToken> prefix = {}, middle = {}, suffix = {};
  int32_t first_type = 0, second_type = 0;

  size_t num_tokens() const { return prefix.size() + middle.size() + suffix.size(); }
};

/// All that a tokenizer does beside its vocabulary: what GGUF names by a word and tokenizer.json spells out.
/// Plain data.
struct TokenizerSpec {
  std::vector<NormalizerStep> normalizer;
  std::vector<PreTokenizerStep> pre_tokenizer;
  TokenModelSpec model;
  std::vector<TokenId> prefix, suffix;  ///< what `add_special` puts around a text
  std::optional<PairFrame> pair;        ///< the same of two texts; nothing: there is no form for them
  std::vector<DecoderStep> decoder;
  std::vector<AddedToken> added_tokens;
};

}  // namespace hearth
