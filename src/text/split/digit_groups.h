#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "text/split/pre_tokenizer_step.h"

namespace hearth {

/// Appends where to cut `text`, its end last: each run of digits so that, counted from its right, every part
/// but the first has three. As patterns these are quadratic. REQUIRES: one of the kinds of triples.
void cut_digits(PreTokenizerStep::Kind kind, std::string_view text, std::vector<uint32_t>& cuts);

}  // namespace hearth
