#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

/// A matrix [rows, cols] in a backend's own layout. Immutable, made by `Backend::pack`.
class Weight {
 public:
  Weight(int64_t rows, int64_t cols, size_t bytes) : rows_(rows), cols_(cols), bytes_(bytes) {}
  virtual ~Weight() = default;
  Weight(const Weight&) = delete;
  Weight& operator=(const Weight&) = delete;

  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }
  size_t bytes() const { return bytes_; }  ///< memory of its own, beside the mapped file

 private:
  int64_t rows_, cols_;
  size_t bytes_;
};

}  // namespace hearth
