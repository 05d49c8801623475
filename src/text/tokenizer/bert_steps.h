#pragma once

#include <cstddef>
#include <vector>

#include "text/tokenizer/tokenizer_spec.h"

namespace hearth {

/// Longer words are unknown, in every BERT.
inline constexpr size_t kBertMaxWordChars = 100;

/// What BERT's normalizer is told.
struct BertOptions {
  bool clean_text = true;
  bool space_ideographs = true;
  bool strip_accents = true;
  bool lowercase = true;
};

std::vector<NormalizerStep> bert_normalizer(const BertOptions& options);

/// Words between white space, punctuation by itself.
std::vector<PreTokenizerStep> bert_pre_tokenizer();

}  // namespace hearth
