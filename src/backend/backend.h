#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "backend/ops.h"
#include "base/result.h"
#include "tensor/buffer.h"
#include "tensor/tensor.h"

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

/// A device that stores weights and runs operations. Operations run in the order of the calls; results are
/// visible to the host after `download`. One thread calls at a time.
///
/// A result never depends on what else is in a batch, on how a prompt is cut into batches, or on the number
/// of threads: each output is one chain of roundings whose order the operand shapes alone decide.
class Backend {
 public:
  virtual ~Backend() = default;

  /// For people: "cpu (AVX-512 VNNI, 2 threads)".
  virtual std::string_view name() const = 0;

  /// Brings weights [rows_i, cols], stacked by rows, into the backend's layout. The views' file pages are
  /// released as they are read; a backend that computes from the mapped file keeps the views. Rank 3 counts
  /// as stacked rows. Errors: kUnsupported for a type that it has no kernel for; kNotFinite for a weight that
  /// is no number.
  virtual Result<std::unique_ptr<Weight>> pack(std::span<const TensorView> slices) = 0;

  /// Memory that `pack` would take, without doing it.
  virtual size_t packed_bytes(std::span<const TensorView> slices) const = 0;

  /// Memory of its own that the backend comes to hold for products of up to `rows` input rows with a weight
  /// packed from `slices`.
  virtual size_t product_bytes(int64_t rows, std::span<const TensorView> slices) const {
    static_cast<void>(rows), static_cast<void>(slices);
    return 0;
  }

  /// Zeroed device memory, 64-byte aligned. Error: kResourceLimit with the size.
  virtual Result<Buffer> allocate(size_t bytes) = 0;
  virtual void upload(std::span<const float> host, float* device) = 0;
  virtual void download(const float* device, std::span<float> host) = 0;

  /// Bytes of one block of `kKvBlockTokens` tokens of one layer.
  virtual size_t kv_block_bytes(const KvShape& shape) const = 0;
  /// Whether the backend stores keys and values as `dtype`.
  virtual bool supports_kv(DType dtype) const = 0;
  /// Copies whole blocks within one layer's pool.
  virtual void copy_kv_block(const KvLayer& layer, int32_t from, int32_t to) = 0;

  virtual void embed(const EmbedOp& op) = 0;
  virtual void rms_norm(const RmsNormOp& op) = 0;
  virtual void linear(const LinearOp& op) = 0;
  virtual void rope_angles(const RopeAnglesOp& op) = 0;
  virtual void rope_append(const RopeAppendOp& op) = 0;
  virtual void attention(const AttentionOp& op) = 0;
  virtual void moe(const MoeOp& op) = 0;
};

}  // namespace hearth
