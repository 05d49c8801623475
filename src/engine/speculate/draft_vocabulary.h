#pragma once

#include "base/result.h"
#include "text/tokenizer/vocab.h"

namespace hearth {

/// Whether a draft model's token ids mean the same to the model: every token that both have is the same, and
/// what one has beyond the other is padding that no text contains. Error: kInvalidArgument naming the first
/// token that differs.
Status check_draft_vocabulary(const Vocab& model, const VocabData& draft);

}  // namespace hearth
