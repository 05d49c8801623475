#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace hearth {

/// What becomes of the parts that a pattern finds in a text.
enum class SplitBehavior : uint8_t {
  kIsolated,            ///< each is a word, and what lies between two
  kRemoved,             ///< only what lies between is a word
  kMergedWithPrevious,  ///< each ends the word before it
  kMergedWithNext,      ///< each starts the word behind it
  kContiguous,          ///< those that touch are one word
};

/// One step of cutting text into words. Plain data.
struct PreTokenizerStep {
  enum class Kind : uint8_t {
    kSplit,                   ///< by the regular expression `pattern`, by `behavior`
    kDigitTriples,            ///< cuts runs of \d into threes counted from the right
    kDigitTriplesAtBoundary,  ///< the same where no letter follows the run
    kNumberTriples,           ///< the same for runs of \p{N}
    kPrependSpace,            ///< a space in front of each word without
    kMetaspace,     ///< spaces become `pattern`, one in front by `prepend`; words start at them if `split`
    kScripts,       ///< where the script changes
    kFixedLength,   ///< words of `length` code points
    kByteAlphabet,  ///< each byte as its letter of GPT-2's alphabet
  };
  enum class Prepend : uint8_t { kAlways, kFirst, kNever };

  Kind kind = Kind::kSplit;
  std::string pattern = {};
  SplitBehavior behavior = SplitBehavior::kIsolated;
  bool invert = false;  ///< `behavior` says what becomes of what lies between
  Prepend prepend = Prepend::kNever;
  bool split = true;
  size_t length = 0;
};

/// The pattern built into GPT-2's splitting, whatever the file says.
inline constexpr const char* kGpt2Pattern =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/// Punctuation as the reference knows it, with the symbols of ASCII.
inline constexpr const char* kPunctuationPattern = "\\p{ReferencePunctuation}";

}  // namespace hearth
