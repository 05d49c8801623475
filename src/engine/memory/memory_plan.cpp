#include "engine/memory/memory_plan.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace hearth {
namespace {

// A conversation with less than this is of no use.
constexpr size_t kLeastContext = 256;
constexpr size_t kContextStep = 256;
// Measured: the program itself, and what the vocabulary and its indexes come to for each byte of the header.
constexpr size_t kProgramBytes = size_t(13) << 20;
constexpr size_t kBytesPerHeaderByte = 3;

/// The plan's models, as their files describe them.
struct Models {
  ModelDescription model;
  std::optional<ModelDescription> draft;
};

/// Lays both caches out for sequences of the plan's context.
Status lay_out(MemoryPlan& plan, const MemoryRequest& request, const Models& models,
               const Placement& placement) {
  const size_t most = plan.context * request.num_sequences;
  const size_t num_tokens = request.kv_tokens > 0 ? std::clamp(request.kv_tokens, plan.context, most) : most;
  const KvCacheNeeds needs{.dtype = request.kv_dtype,
                           .num_tokens = num_tokens,
                           .num_sequences = request.num_sequences,
                           .max_step = request.max_batch_tokens};
  plan.kv = TRY(layout_kv_cache(place_caches(models.model.cache_specs, placement), placement, needs));
  if (plan.draft)
    plan.draft->kv = TRY(layout_kv_cache(models.draft->cache_specs, placement.device(0), needs));
  return {};
}

std::unexpected<Error> too_little(const MemoryPlan& plan) {
  return fail_hint(
      ErrorCode::kResourceLimit,
      fmt::format("close other programs, or use a smaller context (--ctx), KV type (--kv-type) "
                  "or model{}",
                  plan.draft ? ", or no draft model" : ""),
      "the model{} {} with a context of {} tokens, but {} of memory are available",
      plan.draft ? fmt::format(" and its draft model ({}) need", format_bytes(plan.draft->total_bytes()))
                 : std::string(" needs"),
      format_bytes(plan.total_bytes()), plan.context, format_bytes(plan.available.value_or(0)));
}

/// The largest context that fits; the plan's own where it does.
Status fit_context(MemoryPlan& plan, const MemoryRequest& request, const Models& models,
                   const Placement& placement) {
  const auto fits = [&](size_t context) -> Result<bool> {
    plan.context = context;
    TRY(lay_out(plan, request, models, placement));
    return !request.available || plan.total_bytes() + kMemoryReserve <= *request.available;
  };
  const size_t wanted = plan.context;
  if (TRY(fits(wanted))) return {};
  if (request.context > 0) return too_little(plan);

  size_t low = 0, high = wanted / kContextStep;  // fits (or 0), does not fit; in steps
  while (high - low > 1) {
    const size_t middle = (low + high) / 2;
    (TRY(fits(middle * kContextStep)) ? low : high) = middle;
  }
  const size_t least = std::min(kLeastContext, plan.trained_context);
  if (!TRY(fits(std::max(low * kContextStep, least)))) return too_little(plan);
  plan.reduced = true;
  return {};
}

struct FixedMemory {
  size_t mapped_bytes, weight_bytes, work_bytes;
};

/// What a model takes beside its KV cache, where logits of `num_logits` rows come to the host at once.
Result<FixedMemory> plan_fixed(const ModelFiles& files, const Placement& placement,
                               const ModelDescription& model, const LoadOptions& options, size_t num_logits) {
  FixedMemory fixed{.mapped_bytes = 0,
                    .weight_bytes = 0,
                    .work_bytes = size_t(model.config.vocab_size) * sizeof(float) * num_logits};
  const std::vector<ModelMemory> memory = TRY(plan_model_memory(files, placement, options));
  for (const ModelMemory& device : memory) {
    fixed.mapped_bytes += device.mapped_bytes;
    fixed.weight_bytes += device.weight_bytes;
    fixed.work_bytes += device.work_bytes;
  }
  return fixed;
}

}  // namespace

Result<MemoryPlan> plan_memory(const ModelFiles& files, const Placement& placement,
                               const MemoryRequest& request) {
  Models models{.model = TRY(describe_model(files)), .draft = {}};
  MemoryPlan plan;
  plan.available = request.available;
  plan.trained_context = size_t(models.model.config.max_position_embeddings);
  plan.context = request.context > 0 ? request.context : plan.trained_context;
  const LoadOptions options{.max_batch_tokens = int(request.max_batch_tokens),
                            .context_limit = int(plan.context)};
  const FixedMemory own = TRY(
      plan_fixed(files, placement, models.model, options, request.num_sequences + request.max_draft_rows));
  plan.mapped_bytes = own.mapped_bytes;
  plan.weight_bytes = own.weight_bytes;
  plan.work_bytes = own.work_bytes;
  plan.program_bytes = kProgramBytes + files.header_bytes() * kBytesPerHeaderByte;
  if (request.draft != nullptr) {
    models.draft = TRY(describe_model(*request.draft));
    const FixedMemory draft =
        TRY(plan_fixed(*request.draft, placement.device(0), *models.draft, options, request.num_sequences));
    plan.draft = DraftMemory{.mapped_bytes = draft.mapped_bytes,
                             .weight_bytes = draft.weight_bytes,
                             .work_bytes = draft.work_bytes,
                             .header_bytes = request.draft->header_bytes(),
                             .kv = {}};
  }
  TRY(fit_context(plan, request, models, placement));
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
