#include "models/blocks/rope_tables.h"

#include <algorithm>

#include "models/blocks/scratch.h"

namespace hearth {

Result<size_t> RopeTables::add(const RopeSpec& spec) {
  const auto found = std::ranges::find(tables_, spec, &Table::spec);
  if (found != tables_.end()) return size_t(found - tables_.begin());
  const RopeFrequencies frequencies = rope_frequencies(spec, context_limit_);
  tables_.push_back({.spec = spec,
                     .inv_freq = TRY(upload_vector(backend_, frequencies.inv_freq)),
                     .magnitude = frequencies.magnitude,
                     .angles = TRY(allocate_rows(backend_, max_rows_, row_stride(spec.rotary_dim)))});
  return tables_.size() - 1;
}

void RopeTables::fill(const VectorView& positions) {
  for (size_t index = 0; index < tables_.size(); ++index) {
    const RopeAngles out = angles(index, positions.size);
    backend_.rope_angles({.positions = positions,
                          .inv_freq = tables_[index].inv_freq.view(),
                          .magnitude = tables_[index].magnitude,
                          .cos = out.cos,
                          .sin = out.sin});
  }
}

RopeAngles RopeTables::angles(size_t index, int64_t rows) const {
  const Table& table = tables_[index];
  const int64_t half = table.spec.rotary_dim / 2;
  const Matrix both{table.angles.address(), rows, 2 * half, row_stride(2 * half)};
  return {both.columns(0, half), both.columns(half, half)};
}

}  // namespace hearth
