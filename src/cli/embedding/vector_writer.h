#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"

namespace hearth::cli {

/// The vector of one text, and what is said of it.
struct VectorRow {
  size_t index = 0;
  size_t num_tokens = 0;
  bool is_cut = false;
  std::span<const float> values;
};

/// Takes bytes of a result as they come.
using ByteSink = std::function<Status(std::string_view bytes)>;

/// Writes vectors in one format, in the order they are given. Errors of all: those of the sink.
class VectorWriter {
 public:
  virtual ~VectorWriter() = default;
  /// Before the first.
  virtual Status begin(size_t num_rows, size_t num_columns) = 0;
  virtual Status add(const VectorRow& row) = 0;
};

/// A JSON object a line: {"index", "tokens", "embedding"}, and "truncated" where that is so. Numbers are as
/// short as gives the same float back.
std::unique_ptr<VectorWriter> json_vector_writer(ByteSink sink);

/// NumPy's format 1.0: a matrix [rows, columns] of little-endian f32.
std::unique_ptr<VectorWriter> npy_vector_writer(ByteSink sink);

}  // namespace hearth::cli
