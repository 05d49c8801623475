#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/split/pre_tokenizer_step.h"
#include "text/split/split_regex.h"

namespace hearth {

/// A word of a text: the bytes [begin, end).
struct Word {
  uint32_t begin, end;

  bool operator==(const Word&) const = default;
};

/// Cuts text into the words that a model encodes one by one: a sequence of steps, each of which cuts, or
/// rewrites, what the one before it left. Immutable, safe to share between threads.
class PreTokenizer {
 public:
  /// Where in the whole text a segment stands.
  struct Place {
    bool at_start = true;
  };

  /// Errors: those of SplitRegex::compile.
  static Result<PreTokenizer> create(std::vector<PreTokenizerStep> steps);

  /// Appends the words of `text`, in order. Where a step rewrites, `text` views into `storage` afterwards.
  /// The text is below 4 GiB. Error: kResourceLimit for a text on which a pattern takes far more steps than
  /// it has bytes, or that becomes too large.
  Status split(std::string_view& text, Place place, std::string& storage, std::vector<Word>& words) const;

 private:
  struct Step {
    PreTokenizerStep spec;
    SplitRegex regex;
  };

  static Result<Step> make_step(PreTokenizerStep spec);
  static bool cut(const Step& step, std::string_view text, Word word, SplitRegex::Scratch& scratch,
                  std::vector<Word>& words);
  static bool rewrite(const Step& step, std::string_view text, Place place, const std::vector<Word>& words,
                      std::string& out, std::vector<Word>& out_words);

  std::vector<Step> steps_;
};

}  // namespace hearth
