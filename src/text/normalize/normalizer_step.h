#pragma once

#include <cstdint>
#include <string>

#include "text/normalize/normal_form.h"

namespace hearth {

/// One step by which text is prepared before it is split. Plain data.
struct NormalizerStep {
  enum class Kind : uint8_t {
    kForm,              ///< `form`
    kLowercase,         ///< each code point by itself
    kStrip,             ///< white space at the `left` and `right` end
    kStripMarks,        ///< removes marks of any kind
    kStripNonspacing,   ///< removes marks that take no space (Mn)
    kReplace,           ///< each `pattern`, literal, by `content`
    kReplaceRegex,      ///< each match of `pattern` by `content`
    kPrepend,           ///< `content` in front of what is not empty
    kCharsmap,          ///< SentencePiece's compiled rules in `content`, the longest that fits
    kGraphemeCharsmap,  ///< the same rules, as `tokenizers` applies them: to grapheme clusters
    kCleanText,         ///< BERT: control characters go, white space becomes a space
    kSpaceIdeographs,   ///< BERT: spaces around each Chinese character
    kNmt,               ///< SentencePiece's rules for machine translation
    kByteAlphabet,      ///< each byte as its letter of GPT-2's alphabet
    kSingleSpaces,      ///< SentencePiece: no spaces at the ends, one between words
  };

  Kind kind = Kind::kForm;
  NormalForm form = NormalForm::kNone;
  std::string pattern = {}, content = {};
  bool left = true, right = true;
};

}  // namespace hearth
