#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sys/mman.h>

#include "backend/host/host_backend.h"
#include "base/checked_math.h"

namespace hearth {

/// A device as far from the host as one can be, with the numerics of another backend: a read of its memory by
/// the host ends the process, operations run only when something waits for them, and a batch is read when it
/// is uploaded.
class RemoteDevice final : public Backend {
 public:
  using Backend::download;
  using Backend::upload;

  /// `inner` computes in the host's memory.
  explicit RemoteDevice(std::unique_ptr<Backend> inner) : inner_(std::move(inner)) {}
  ~RemoteDevice() override { run_pending(); }
  RemoteDevice(const RemoteDevice&) = delete;
  RemoteDevice& operator=(const RemoteDevice&) = delete;

  size_t num_batches = 0;  ///< that were uploaded
  size_t num_submits = 0;
  size_t num_operations = 0;

  size_t num_pending() const { return pending_.size(); }

  std::string_view name() const override { return name_; }
  std::string_view numeric_identity() const override { return inner_->numeric_identity(); }
  Result<DeviceBuffer> allocate(size_t bytes) override {
    const size_t begin = arena_->used;
    if (bytes > kArenaBytes - begin) return fail(ErrorCode::kResourceLimit, "no room for {} bytes", bytes);
    arena_->used = round_up(begin + bytes, size_t{64});
    return DeviceBuffer(host_address(arena_->data + begin), bytes, arena_);
  }
  void upload(std::span<const std::byte> host, DeviceAddress device) override {
    run_pending();
    const Access access(*arena_);
    std::ranges::copy(host, host_bytes(device));
  }
  void download(DeviceAddress device, std::span<std::byte> host) override {
    run_pending();
    const Access access(*arena_);
    std::copy_n(host_bytes(device), host.size(), host.data());
  }
  std::unique_ptr<StepBatch> make_batch() override { return std::make_unique<Batch>(*this); }
  void submit() override { ++num_submits; }
  void wait() override { run_pending(); }
  size_t kv_block_bytes(const KvShape& shape) const override { return inner_->kv_block_bytes(shape); }
  bool supports_kv(DType dtype) const override { return inner_->supports_kv(dtype); }
  void copy_kv_block(const KvLayer& layer, int32_t from, int32_t to) override {
    pending_.emplace_back([this, layer, from, to] { inner_->copy_kv_block(layer, from, to); });
  }

  Result<std::unique_ptr<Weight>> pack(const StoredWeight& weight) override { return inner_->pack(weight); }
  void reserve_packed(size_t bytes) override { inner_->reserve_packed(bytes); }
  Result<std::unique_ptr<Weight>> plan_weight(const StoredWeight& weight) const override {
    return inner_->plan_weight(weight);
  }
  std::unique_ptr<WorkPlan> plan_work() const override { return inner_->plan_work(); }

#define HEARTH_DEFER(function, Operands)                         \
  void function(const Operands& op) override {                   \
    ++num_operations;                                            \
    pending_.emplace_back([this, op] { inner_->function(op); }); \
  }
  HEARTH_OPS(HEARTH_DEFER)
#undef HEARTH_DEFER

 private:
  static constexpr size_t kArenaBytes = size_t{1} << 30;

  /// All memory of the device, which is never given back in parts.
  struct Arena {
    Arena() : data(static_cast<std::byte*>(::mmap(nullptr, kArenaBytes, PROT_NONE, kFlags, -1, 0))) {
      CHECK(data != MAP_FAILED);
    }
    ~Arena() { ::munmap(data, kArenaBytes); }
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    void protect(int access) const { CHECK(::mprotect(data, std::max<size_t>(used, 1), access) == 0); }

    static constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    std::byte* data;
    size_t used = 0;
  };
  /// The device's own: its memory can be read and written.
  class Access {
   public:
    explicit Access(const Arena& arena) : arena_(arena) { arena_.protect(PROT_READ | PROT_WRITE); }
    ~Access() { arena_.protect(PROT_NONE); }
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;

   private:
    const Arena& arena_;
  };

  /// Keeps a copy of the numbers in the device's memory.
  class Batch final : public HostBatch {
   public:
    explicit Batch(RemoteDevice& device) : device_(device) {}
    void upload(const BatchLayout& layout) override {
      device_.run_pending();
      ++device_.num_batches;
      size_t num_ints = layout.token_ids.size() + layout.positions.size() + layout.token_types.size() +
                        layout.logits_rows.size();
      for (const auto& group : layout.sequences) {
        for (const SequenceRows& sequence : group) num_ints += sequence.block_table.size();
      }
      if (num_ints * sizeof(int32_t) > ints_.size()) {
        ints_ = *device_.allocate(2 * num_ints * sizeof(int32_t));
      }
      const Access access(*device_.arena_);
      auto* at = reinterpret_cast<int32_t*>(host_bytes(ints_.address()));
      const auto keep = [&](std::span<const int32_t> ints) {
        const std::span<const int32_t> kept(at, ints.size());
        at = std::ranges::copy(ints, at).out;
        return kept;
      };
      sequences_.assign(layout.sequences.begin(), layout.sequences.end());
      for (auto& group : sequences_) {
        for (SequenceRows& sequence : group) sequence.block_table = keep(sequence.block_table);
      }
      HostBatch::upload({.token_ids = keep(layout.token_ids),
                         .positions = keep(layout.positions),
                         .token_types = keep(layout.token_types),
                         .logits_rows = keep(layout.logits_rows),
                         .sequences = sequences_});
    }

   private:
    RemoteDevice& device_;
    DeviceBuffer ints_;
    std::vector<std::vector<SequenceRows>> sequences_;
  };

  void run_pending() {
    if (pending_.empty()) return;
    const Access access(*arena_);
    for (const auto& run : std::exchange(pending_, {})) run();
  }

  std::unique_ptr<Backend> inner_;
  const std::string name_ = "remote " + std::string(inner_->name());
  std::shared_ptr<Arena> arena_ = std::make_shared<Arena>();
  std::vector<std::function<void()>> pending_;
};

}  // namespace hearth
