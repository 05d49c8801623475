#include "models/blocks/column_scale.h"

#include <algorithm>
#include <vector>

namespace hearth {

Result<ColumnScale> ColumnScale::make(Backend& backend, std::span<const Run> runs) {
  ColumnScale scale;
  if (std::ranges::all_of(runs, [](const Run& run) { return run.factor == 1.0f; })) return scale;
  std::vector<float> factors;
  for (const Run& run : runs) factors.insert(factors.end(), size_t(run.cols), run.factor);
  scale.backend_ = &backend;
  scale.factors_ = TRY(upload_vector(backend, factors));
  return scale;
}

}  // namespace hearth
