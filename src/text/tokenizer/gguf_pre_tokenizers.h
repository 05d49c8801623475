#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "text/normalize/normal_form.h"
#include "text/split/pre_tokenizer_step.h"

namespace hearth {

/// How a vocabulary's text is prepared beside its splitting: what else `tokenizer.ggml.pre` stands for.
struct PreTokenizerTraits {
  NormalForm normal_form = NormalForm::kNone;  ///< that text is put into first
  bool ignore_merges = false;                  ///< a word that is a token becomes it, whatever the merges say
  bool add_bos = false;                        ///< where the file does not say
  bool force_add_bos = false;                  ///< whatever the file says
  bool byte_level = true;     ///< tokens are spelt in GPT-2's byte alphabet; else in UTF-8, spaces as U+2581
  bool newline_runs = false;  ///< a word of newlines that is a token becomes it
};

/// One line of the table: the names that share a way of splitting, the patterns in order, and the traits.
struct GgufPreTokenizer {
  std::span<const std::string_view> names;
  std::span<const std::string_view> stages;
  PreTokenizerTraits traits;

  std::vector<PreTokenizerStep> steps() const;
};

/// The line of a name of `tokenizer.ggml.pre`, or null.
const GgufPreTokenizer* find_gguf_pre_tokenizer(std::string_view name);

/// Every name that is known.
std::vector<std::string_view> gguf_pre_tokenizer_names();

}  // namespace hearth
