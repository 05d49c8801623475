#include "engine/schedule/pooled_vector.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace hearth {

PooledRows pooled_rows(Pooling pooling, size_t num_rows) {
  switch (pooling) {
    case Pooling::kCls:
      return {0, std::min<size_t>(num_rows, 1)};
    case Pooling::kLast:
    case Pooling::kRank:
      return {num_rows - std::min<size_t>(num_rows, 1), num_rows};
    case Pooling::kMean:
    case Pooling::kNone:
      break;
  }
  return {0, num_rows};
}

void add_row(std::span<const float> row, std::span<double> sum) {
  CHECK(row.size() == sum.size());
  for (size_t i = 0; i < row.size(); ++i) sum[i] += double(row[i]);
}

std::vector<float> finished_vector(std::span<const double> sum, size_t num_rows,
                                   const VectorOptions& options) {
  if (options.dimensions > 0) sum = sum.first(std::min(options.dimensions, sum.size()));
  double factor = num_rows > 0 ? 1.0 / double(num_rows) : 0.0;
  if (options.normalize) {
    double squares = 0.0;
    for (const double value : sum) squares += value * value;
    factor = squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0;
  }
  std::vector<float> vector;
  vector.reserve(sum.size());
  for (const double value : sum) vector.push_back(float(value * factor));
  return vector;
}

}  // namespace hearth
