#include "text/tokenizer/bert_steps.h"

namespace hearth {

std::vector<NormalizerStep> bert_normalizer(const BertOptions& options) {
  using Kind = NormalizerStep::Kind;
  std::vector<NormalizerStep> steps;
  if (options.clean_text) steps.push_back({.kind = Kind::kCleanText});
  if (options.space_ideographs) steps.push_back({.kind = Kind::kSpaceIdeographs});
  if (options.strip_accents) {
    steps.push_back({.kind = Kind::kForm, .form = NormalForm::kNfd});
    steps.push_back({.kind = Kind::kStripNonspacing});
  }
  if (options.lowercase) steps.push_back({.kind = Kind::kLowercase});
  return steps;
}

std::vector<PreTokenizerStep> bert_pre_tokenizer() {
  return {
      {.pattern = "\\s", .behavior = SplitBehavior::kRemoved},
      {.pattern = kPunctuationPattern, .behavior = SplitBehavior::kIsolated},
  };
}

}  // namespace hearth
