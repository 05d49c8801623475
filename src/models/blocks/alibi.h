#pragma once

#include <vector>

namespace hearth {

/// Slopes of attention with linear biases (Press et al. 2022, arXiv 2108.12409, section 3): for 2^k heads
/// 2^(-bias_max i / 2^k), i = 1 .. 2^k; further heads take every other slope of 2^(k + 1) heads.
std::vector<float> alibi_slopes(int num_heads, float bias_max);

}  // namespace hearth
