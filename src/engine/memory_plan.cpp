#include "engine/memory_plan.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace hearth {
namespace {

// A conversation with less than this is of no use.
constexpr size_t kLeastContext = 256;
constexpr size_t kContextStep = 256;
// Left to the rest of the system, and to what the estimate misses.
constexpr size_t kReserve = size_t(64) << 20;
// Measured: the program itself, and what the vocabulary and its indexes come to for each byte of the header.
constexpr size_t kProgramBytes = size_t(13) << 20;
constexpr size_t kBytesPerHeaderByte = 3;

/// Tensors that the backend makes no copy of stay in use where the file lies.
size_t mapped_bytes(const Weights& weights, const Backend& backend) {
  size_t total = 0;
  for (const NamedTensor& tensor : weights.tensors()) {
    if (backend.packed_bytes(std::span(&tensor.view, 1)) == 0) total += tensor.view.data.size();
  }
  return total;
}

Result<KvCacheLayout> layout(const MemoryRequest& request, const ModelDescription& model,
                             const Backend& backend, size_t context) {
  const size_t most = context * request.num_sequences;
  const size_t num_tokens = request.kv_tokens > 0 ? std::clamp(request.kv_tokens, context, most) : most;
  return layout_kv_cache(model.cache_specs, backend,
                         {.dtype = request.kv_dtype,
                          .num_tokens = num_tokens,
                          .num_sequences = request.num_sequences,
                          .max_step = request.max_batch_tokens});
}

std::unexpected<Error> too_little(const MemoryPlan& plan, size_t needed) {
  return fail_hint(ErrorCode::kResourceLimit,
                   "close other programs, or use a smaller context (--ctx), KV type (--kv-type) or model",
                   "the model needs {} with a context of {} tokens, but {} of memory are available",
                   format_bytes(needed), plan.context, format_bytes(plan.available.value_or(0)));
}

/// The largest context that fits; the plan's own where it does.
Status fit_context(MemoryPlan& plan, const MemoryRequest& request, const ModelDescription& model,
                   const Backend& backend) {
  plan.kv = TRY(layout(request, model, backend, plan.context));
  const auto fits = [&] { return plan.total_bytes() + kReserve <= *request.available; };
  if (!request.available || fits()) return {};
  if (request.context > 0) return too_little(plan, plan.total_bytes());

  size_t low = 0, high = plan.context / kContextStep;  // fits (or 0), does not fit; in steps
  while (high - low > 1) {
    const size_t middle = (low + high) / 2;
    plan.kv = TRY(layout(request, model, backend, middle * kContextStep));
    (fits() ? low : high) = middle;
  }
  plan.context = low * kContextStep;
  if (plan.context < std::min(kLeastContext, plan.trained_context)) {
    plan.context = std::min(kLeastContext, plan.trained_context);
    plan.kv = TRY(layout(request, model, backend, plan.context));
    return too_little(plan, plan.total_bytes());
  }
  plan.reduced = true;
  plan.kv = TRY(layout(request, model, backend, plan.context));
  return {};
}

}  // namespace

Result<MemoryPlan> plan_memory(const Weights& weights, const Backend& backend, const MemoryRequest& request) {
  const ModelDescription model = TRY(describe_model(weights));
  MemoryPlan plan;
  plan.available = request.available;
  plan.trained_context = size_t(model.config.max_position_embeddings);
  plan.context = request.context > 0 ? request.context : plan.trained_context;
  const ModelMemory memory = TRY(plan_model_memory(
      weights, backend,
      {.max_batch_tokens = int(request.max_batch_tokens), .context_limit = int(plan.context)}));
  const size_t vocab_size = size_t(model.config.vocab_size);
  plan.mapped_bytes = mapped_bytes(weights, backend);
  plan.weight_bytes = memory.weight_bytes;
  plan.work_bytes = memory.work_bytes + vocab_size * sizeof(float) * request.num_sequences;
  plan.program_bytes = kProgramBytes + size_t(weights.metadata().data_offset()) * kBytesPerHeaderByte;
  TRY(fit_context(plan, request, model, backend));
  return plan;
}

std::string format_bytes(size_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"bytes", "KB", "MB", "GB", "TB"};
  double value = double(bytes);
  size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < kUnits.size(); ++unit) value /= 1024.0;
  if (unit == 0) return fmt::format("{} bytes", bytes);
  return fmt::format("{:.{}f} {}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0, kUnits[unit]);
}

}  // namespace hearth
