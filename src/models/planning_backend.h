#pragma once

#include "backend/backend.h"

namespace hearth {

/// Counts what a model would take of a backend and takes nothing: building a model on it and running a step
/// tells the memory that doing so on the backend needs. What it hands out has sizes but no contents.
class PlanningBackend final : public Backend {
 public:
  explicit PlanningBackend(const Backend& backend) : backend_(backend), work_(backend.plan_work()) {}

  size_t mapped_total() const { return mapped_total_; }        ///< of weights that `pack` makes no copy of
  size_t packed_total() const { return packed_total_; }        ///< of `pack`
  size_t allocated_total() const { return allocated_total_; }  ///< of `allocate`
  size_t work_total() const { return work_->bytes(); }         ///< of the operations that were run

  std::string_view name() const override { return backend_.name(); }
  std::string_view numeric_identity() const override { return backend_.numeric_identity(); }
  Result<std::unique_ptr<Weight>> pack(const StoredWeight& stored) override;
  Result<std::unique_ptr<Weight>> plan_weight(const StoredWeight& weight) const override {
    return backend_.plan_weight(weight);
  }
  std::unique_ptr<WorkPlan> plan_work() const override { return backend_.plan_work(); }
  Result<DeviceBuffer> allocate(size_t bytes) override;
  using Backend::download;
  using Backend::upload;
  void upload(std::span<const std::byte>, DeviceAddress) override {}
  void download(DeviceAddress, std::span<std::byte>) override {}
  std::unique_ptr<StepBatch> make_batch() override { return work_->make_batch(); }
  size_t kv_block_bytes(const KvShape& shape) const override { return backend_.kv_block_bytes(shape); }
  bool supports_kv(DType dtype) const override { return backend_.supports_kv(dtype); }
  void copy_kv_block(const KvLayer&, int32_t, int32_t) override {}

#define HEARTH_PLAN(function, Operands) \
  void function(const Operands& op) override { work_->function(op); }
  HEARTH_OPS(HEARTH_PLAN)
#undef HEARTH_PLAN

 private:
  const Backend& backend_;
  std::unique_ptr<WorkPlan> work_;
  size_t mapped_total_ = 0;
  size_t packed_total_ = 0;
  size_t allocated_total_ = 0;
};

}  // namespace hearth
