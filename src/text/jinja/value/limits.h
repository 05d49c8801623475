#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

/// What one template may cost. A template comes with a model file: it is untrusted.
struct JinjaLimits {
  size_t max_source = size_t(1) << 20;   ///< bytes of template source
  int max_depth = 100;                   ///< nesting of blocks, expressions, macro calls and values
  uint64_t max_steps = 2'000'000;        ///< statements and expressions evaluated, items and bytes handled
  size_t max_output = size_t(16) << 20;  ///< bytes of output, and of any string on the way to it
  size_t max_memory = size_t(48) << 20;  ///< bytes of values alive at once, the conversation included
  int64_t max_range = 100'000;           ///< elements of a range()
};

}  // namespace hearth
