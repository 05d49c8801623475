#pragma once

#include "backend/idle_ops.h"

namespace hearth {

/// Counts what a model would take of a backend and takes nothing: building a model on it tells the memory
/// that building it on the backend needs. What it hands out has sizes but no contents; operations must not be
/// called.
class PlanningBackend final : public IdleOps<> {
 public:
  /// `max_rows`: of the inputs of a product.
  PlanningBackend(const Backend& backend, int64_t max_rows) : backend_(backend), max_rows_(max_rows) {}

  size_t mapped_total() const { return mapped_total_; }        ///< of weights that `pack` makes no copy of
  size_t packed_total() const { return packed_total_; }        ///< of `pack`
  size_t allocated_total() const { return allocated_total_; }  ///< of `allocate`
  size_t product_total() const { return product_total_; }      ///< for the products of any weight

  std::string_view name() const override { return backend_.name(); }
  std::string_view numeric_identity() const override { return backend_.numeric_identity(); }
  Result<std::unique_ptr<Weight>> pack(const StoredWeight& weight) override;
  size_t packed_bytes(const StoredWeight& weight) const override { return backend_.packed_bytes(weight); }
  Result<DeviceBuffer> allocate(size_t bytes) override;
  void upload(std::span<const std::byte>, DeviceAddress) override {}
  void download(DeviceAddress, std::span<std::byte>) override;
  /// None: there are no steps.
  std::unique_ptr<StepBatch> make_batch() override { return nullptr; }
  size_t kv_block_bytes(const KvShape& shape) const override { return backend_.kv_block_bytes(shape); }
  bool supports_kv(DType dtype) const override { return backend_.supports_kv(dtype); }
  void copy_kv_block(const KvLayer&, int32_t, int32_t) override;

 private:
  const Backend& backend_;
  int64_t max_rows_;
  size_t mapped_total_ = 0;
  size_t packed_total_ = 0;
  size_t allocated_total_ = 0;
  size_t product_total_ = 0;
};

}  // namespace hearth
