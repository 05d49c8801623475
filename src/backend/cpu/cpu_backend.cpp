#include <algorithm>

#include <fmt/format.h>

#include "backend/backends.h"
#include "backend/cpu/attention.h"
#include "backend/cpu/grouped_linear.h"
#include "backend/cpu/isa_table.h"
#include "backend/cpu/linear.h"
#include "backend/cpu/moe.h"
#include "backend/cpu/norm_row.h"
#include "backend/cpu/rope_append.h"
#include "backend/cpu/state_space.h"
#include "backend/cpu/work_plan.h"
#include "backend/host/host_backend.h"
#include "backend/host/rope_angles.h"

namespace hearth {

namespace cpu {

namespace {

// The number goes up with any change of a kernel's roundings or of KvLayout: blocks that were kept before are
// then computed again. The vector kernels of all instruction sets round alike; the matrix unit sums weights
// of half precision in an order of its own.
constexpr std::string_view kVectorIdentity = "cpu 1";
constexpr std::string_view kMatrixUnitIdentity = "cpu 1 amx";

class CpuBackend final : public HostBackend {
 public:
  CpuBackend(const Kernels& kernels, ThreadPool& pool, std::string name, std::string_view numeric_identity)
      : kernels_(kernels),
        pool_(pool),
        name_(std::move(name)),
        numeric_identity_(numeric_identity),
        linear_(kernels, pool),
        grouped_linear_(kernels, pool, linear_),
        attention_(kernels, pool),
        moe_(kernels, pool, linear_) {}

  std::string_view name() const override { return name_; }
  std::string_view numeric_identity() const override { return numeric_identity_; }

  Result<std::unique_ptr<Weight>> pack(const StoredWeight& weight) override {
    return TRY(PackedWeight::pack(weight, pool_, arena_));
  }
  void reserve_packed(size_t bytes) override { arena_.reserve(bytes); }
  Result<std::unique_ptr<Weight>> plan_weight(const StoredWeight& weight) const override {
    return TRY(PackedWeight::plan(weight));
  }
  std::unique_ptr<WorkPlan> plan_work() const override {
    return std::make_unique<CpuWorkPlan>(kernels_, pool_.size());
  }

  bool supports_kv(DType dtype) const override { return KvLayout::supports(dtype); }
  size_t kv_block_bytes(const KvShape& shape) const override { return KvLayout(shape).block_bytes; }
  void embed(const EmbedOp& op) override {
    const auto& table = static_cast<const PackedWeight&>(*op.table);
    const std::span<const int32_t> ids = host_ints(op.ids);
    if (op.accumulate) work_rows_.resize(size_t(pool_.size()) * size_t(op.out.cols));
    for_rows(op.ids.size, [&](int64_t row, int thread) {
      float* out = host_row(op.out, row);
      float* embedded = op.accumulate ? work_rows_.data() + int64_t(thread) * op.out.cols : out;
      table.decode_row(ids[size_t(row)], embedded);
      if (op.scale != 1.0f) kernels_.scale(embedded, op.scale, op.out.cols, embedded);
      for (int64_t i = 0; op.accumulate && i < op.out.cols; ++i) out[i] += embedded[i];
    });
  }

  void norm(const NormOp& op) override {
    work_rows_.resize(size_t(pool_.size()) * size_t(op.in.cols));
    pool_.run([&](int thread) {
      float* normed = work_rows_.data() + int64_t(thread) * op.in.cols;
      const WorkRange rows = split_work(op.in.rows, thread, pool_.size());
      for (int64_t row = rows.begin; row < rows.end; ++row) {
        float* out = host_row(op.out, row);
        norm_row(kernels_, op.norm, host_row(op.in, row), op.in.cols, op.accumulate ? normed : out);
        for (int64_t i = 0; op.accumulate && i < op.in.cols; ++i) out[i] += normed[i];
      }
    });
  }

  void linear(const LinearOp& op) override { linear_.run(op); }
  void grouped_linear(const GroupedLinearOp& op) override { grouped_linear_.run(op); }

  void rope_angles(const RopeAnglesOp& op) override {
    for_rows(op.cos.rows, [&](int64_t row, int) { fill_rope_angles(op, row); });
  }

  void rope_append(const RopeAppendOp& op) override { run_rope_append(op, kernels_, pool_); }
  void attention(const AttentionOp& op) override { attention_.run(op); }
  void moe(const MoeOp& op) override { moe_.run(op); }
  void scale_columns(const ScaleColumnsOp& op) override {
    const float* factors = host_floats(op.factors);
    for_rows(op.values.rows, [&](int64_t row, int) {
      float* values = host_row(op.values, row);
      for (int64_t i = 0; i < op.values.cols; ++i) values[i] *= factors[i];
    });
  }
  void state_space(const StateSpaceOp& op) override { run_state_space(op, kernels_, pool_); }

 private:
  void for_rows(int64_t rows, FunctionRef<void(int64_t row, int thread)> body) {
    if (rows == 1) return body(0, 0);
    pool_.run([&](int thread) {
      const WorkRange range = split_work(rows, thread, pool_.size());
      for (int64_t row = range.begin; row < range.end; ++row) body(row, thread);
    });
  }

  const Kernels& kernels_;
  ThreadPool& pool_;
  std::string name_;
  std::string_view numeric_identity_;
  LinearRunner linear_;
  GroupedLinearRunner grouped_linear_;
  AttentionRunner attention_;
  MoeRunner moe_;
  HostArena arena_;
  std::vector<float> work_rows_;  ///< a row of each thread
};

}  // namespace

}  // namespace cpu

std::vector<std::string> cpu_backend_isas() {
  std::vector<std::string> names;
  for (Isa isa : supported_isas()) names.emplace_back(to_string(isa));
  return names;
}

Result<std::unique_ptr<Backend>> make_cpu_backend(ThreadPool& pool, const std::string& isa) {
  const Isa wanted = TRY(choose_isa(isa));
  for (const cpu::IsaKernels& entry : cpu::isa_table()) {
    if (entry.isa != wanted) continue;
    return std::make_unique<cpu::CpuBackend>(
        entry.kernels(), pool,
        fmt::format("cpu ({}, {} thread{})", entry.title, pool.size(), pool.size() == 1 ? "" : "s"),
        wanted == Isa::kAmx ? cpu::kMatrixUnitIdentity : cpu::kVectorIdentity);
  }
  return fail(ErrorCode::kInternal, "there are no kernels for {}", to_string(wanted));
}

}  // namespace hearth
