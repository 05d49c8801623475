#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/tokenizer/normalizer.h"
#include "text/tokenizer/split_regex.h"

namespace hearth {

/// How a vocabulary's text is prepared: what `tokenizer.ggml.pre` stands for.
struct PreTokenizerTraits {
  NormalForm normal_form = NormalForm::kNone;  ///< that text is put into first
  bool ignore_merges = false;                  ///< a word that is a token becomes it, whatever the merges say
  bool add_bos = false;                        ///< where the file does not say
  bool force_add_bos = false;                  ///< whatever the file says
  bool byte_level = true;     ///< tokens are spelt in GPT-2's byte alphabet; else in UTF-8, spaces as U+2581
  bool newline_runs = false;  ///< a word of newlines that is a token becomes it
};

/// Cuts text into the words that merges do not cross: a sequence of stages, each of which cuts what the one
/// before it left. Immutable, safe to share between threads.
class PreTokenizer {
 public:
  /// Error: kUnsupported, naming a pre-tokenizer that is not known.
  static Result<PreTokenizer> create(std::string_view name);

  /// Every name that create() knows.
  static std::vector<std::string_view> names();

  const PreTokenizerTraits& traits() const { return traits_; }

  /// Appends where each word of `text` ends; the last end is text.size(). The text is below 4 GiB. Error:
  /// kResourceLimit for a text on which a pattern takes far more steps than it has bytes.
  Status split(std::string_view text, std::vector<uint32_t>& ends) const;

 private:
  enum class StageKind : uint8_t {
    kRegex,
    kDigitTriples,            ///< cuts runs of \d into threes counted from the right
    kDigitTriplesAtBoundary,  ///< the same where no letter follows the run
    kNumberTriples,           ///< the same for runs of \p{N}
  };
  struct Stage {
    StageKind kind;
    SplitRegex regex;
  };

  static Result<Stage> make_stage(std::string_view pattern);
  static bool split_stage(const Stage& stage, std::string_view text, uint32_t base,
                          SplitRegex::Scratch& scratch, std::vector<uint32_t>& ends);

  PreTokenizerTraits traits_;
  std::vector<Stage> stages_;
};

}  // namespace hearth
