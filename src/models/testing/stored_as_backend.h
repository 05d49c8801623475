#pragma once

#include <memory>
#include <vector>

#include "backend/backend.h"
#include "quant/format.h"
#include "tensor/row_reader.h"

namespace hearth {

/// Another backend, one that copies what it packs: weights are brought to `dtype` before it gets them, where
/// their rows allow. Counts what is taken of it.
class StoredAsBackend final : public Backend {
 public:
  StoredAsBackend(std::unique_ptr<Backend> backend, DType dtype)
      : backend_(std::move(backend)), info_(dtype_info(dtype)) {}

  size_t packed_total() const { return packed_total_; }
  size_t allocated_total() const { return allocated_total_; }

  std::string_view name() const override { return backend_->name(); }
  std::string_view numeric_identity() const override { return backend_->numeric_identity(); }
  void reserve_packed(size_t bytes) override { backend_->reserve_packed(bytes); }
  Result<std::unique_ptr<Weight>> pack(const StoredWeight& weight) override {
    StoredWeight stored = weight;
    std::vector<std::vector<std::byte>> blocks;
    for (StoredTensor& tensor : stored.slices) {
      if (changes(tensor)) tensor = encoded(tensor, blocks.emplace_back());
    }
    std::unique_ptr<Weight> packed = TRY(backend_->pack(stored));
    packed_total_ += packed->bytes();
    return packed;
  }
  Result<std::unique_ptr<Weight>> plan_weight(const StoredWeight& weight) const override {
    StoredWeight stored = weight;
    for (StoredTensor& tensor : stored.slices) {
      if (changes(tensor)) tensor.dtype = info_.dtype;
    }
    return backend_->plan_weight(stored);
  }
  std::unique_ptr<WorkPlan> plan_work() const override { return backend_->plan_work(); }

  Result<DeviceBuffer> allocate(size_t bytes) override {
    allocated_total_ += bytes;
    return backend_->allocate(bytes);
  }
  using Backend::download;
  using Backend::upload;
  void upload(std::span<const std::byte> host, DeviceAddress device) override {
    backend_->upload(host, device);
  }
  void download(DeviceAddress device, std::span<std::byte> host) override {
    backend_->download(device, host);
  }
  std::unique_ptr<StepBatch> make_batch() override { return backend_->make_batch(); }
  void submit() override { backend_->submit(); }
  void wait() override { backend_->wait(); }
  size_t kv_block_bytes(const KvShape& shape) const override { return backend_->kv_block_bytes(shape); }
  bool supports_kv(DType dtype) const override { return backend_->supports_kv(dtype); }
  void copy_kv_block(const KvLayer& layer, int32_t from, int32_t to) override {
    backend_->copy_kv_block(layer, from, to);
  }

#define HEARTH_FORWARD(function, Operands) \
  void function(const Operands& op) override { backend_->function(op); }
  HEARTH_OPS(HEARTH_FORWARD)
#undef HEARTH_FORWARD

 private:
  bool changes(const StoredTensor& tensor) const {
    return tensor.dtype != info_.dtype && tensor.shape.cols() % info_.block_size == 0;
  }

  /// The tensor's values as blocks, which are put into `blocks`.
  StoredTensor encoded(const StoredTensor& tensor, std::vector<std::byte>& blocks) const {
    const std::vector<float> values = decode_tensor(tensor);
    blocks.resize(values.size() / info_.block_size * info_.block_bytes);
    encode_blocks(info_.dtype, values.data(), int64_t(values.size()), blocks.data());
    return TensorView{.dtype = info_.dtype, .shape = tensor.shape, .data = blocks};
  }

  std::unique_ptr<Backend> backend_;
  const DTypeInfo info_;
  size_t packed_total_ = 0;
  size_t allocated_total_ = 0;
};

}  // namespace hearth
