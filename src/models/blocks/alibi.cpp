#include "models/blocks/alibi.h"

#include <bit>
#include <cmath>

namespace hearth {

std::vector<float> alibi_slopes(int num_heads, float bias_max) {
  const auto whole = int(std::bit_floor(unsigned(num_heads)));
  std::vector<float> slopes;
  for (int head = 0; head < num_heads; ++head) {
    const double share = head < whole ? double(head + 1) / whole : (head - whole + 0.5) / whole;
    slopes.push_back(float(std::exp2(-bias_max * share)));
  }
  return slopes;
}

}  // namespace hearth
