#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/normalize/aligned_text.h"
#include "text/normalize/charsmap.h"
#include "text/normalize/normalizer_step.h"
#include "text/split/split_regex.h"

namespace hearth {

/// What a model's tokenizer makes of a text before it splits it: steps in order. Bytes that are no UTF-8 pass
/// through all of them. Immutable, safe to share between threads.
class Normalizer {
 public:
  /// Errors: those of SplitRegex::compile and Charsmap::create.
  static Result<Normalizer> create(std::vector<NormalizerStep> steps);

  bool is_empty() const { return steps_.empty(); }

  /// Error: kResourceLimit for a text that a step makes far larger, or on which a pattern takes too many
  /// steps.
  Status apply(AlignedText& text) const;

 private:
  struct Step {
    NormalizerStep spec;
    std::optional<SplitRegex> regex;
    std::optional<Charsmap> charsmap;
  };

  static Status apply(const Step& step, AlignedText& text);

  std::vector<Step> steps_;
};

}  // namespace hearth
