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
constexpr size_t kProgramBytes = size_t(19) << 20;
constexpr size_t kBytesPerHeaderByte = 3;

/// A model of the plan, as its files describe it, and how it is run.
struct PlannedModel {
  const ModelFiles& files;
  Placement placement;
  ModelDescription description;
  size_t num_logits;  ///< rows of logits that come to the host at once
};

struct ModelBytes {
  size_t mapped, weights, work;
  KvCacheLayout kv;
};

/// What an encoder takes for texts of `context` tokens, of which one must fit into a batch.
Result<ModelBytes> plan_encoder(const PlannedModel& model, const MemoryRequest& request, size_t context) {
  const size_t max_batch_tokens = encoder_batch_tokens(request.max_batch_tokens, context);
  const LoadOptions options{.max_batch_tokens = int(max_batch_tokens), .context_limit = int(context)};
  ModelBytes bytes{.mapped = 0,
                   .weights = 0,
                   .work = max_batch_tokens * size_t(model.description.config.hidden_size) * sizeof(float),
                   .kv = {}};
  const StepNeeds steps{.num_sequences = request.num_sequences};
  for (const ModelMemory& device : TRY(plan_model_memory(model.files, model.placement, options, steps))) {
    bytes.mapped += device.mapped_bytes;
    bytes.weights += device.weight_bytes;
    bytes.work += device.work_bytes;
  }
  return bytes;
}

/// What a model takes for sequences of `context` tokens.
Result<ModelBytes> plan_model(const PlannedModel& model, const MemoryRequest& request, size_t context) {
  if (model.description.kind == ModelKind::kEncoder) return plan_encoder(model, request, context);
  const size_t most = context * request.num_sequences;
  const size_t num_tokens = request.kv_tokens > 0 ? std::clamp(request.kv_tokens, context, most) : most;
  const KvCacheNeeds needs{.dtype = request.kv_dtype,
                           .num_tokens = num_tokens,
                           .num_sequences = request.num_sequences,
                           .max_step = request.max_batch_tokens};
  const std::vector<CacheSpec> caches = place_caches(model.description.cache_specs, model.placement);
  const size_t logits = size_t(model.description.config.vocab_size) * sizeof(float) * model.num_logits;
  ModelBytes bytes{
      .mapped = 0, .weights = 0, .work = logits, .kv = TRY(layout_kv_cache(caches, model.placement, needs))};
  const LoadOptions options{.max_batch_tokens = int(request.max_batch_tokens), .context_limit = int(context)};
  const StepNeeds steps{.kv_dtype = request.kv_dtype, .num_sequences = request.num_sequences};
  for (const ModelMemory& device : TRY(plan_model_memory(model.files, model.placement, options, steps))) {
    bytes.mapped += device.mapped_bytes;
    bytes.weights += device.weight_bytes;
    bytes.work += device.work_bytes;
  }
  return bytes;
}

/// The plan's models, for any context.
struct Models {
  PlannedModel model;
  std::optional<PlannedModel> draft;
};

/// Plans both models for sequences of `context` tokens.
Status plan_context(MemoryPlan& plan, const MemoryRequest& request, const Models& models, size_t context) {
  plan.context = context;
  ModelBytes own = TRY(plan_model(models.model, request, context));
  plan.mapped_bytes = own.mapped;
  plan.weight_bytes = own.weights;
  plan.work_bytes = own.work;
  plan.kv = std::move(own.kv);
  if (!models.draft) return {};
  ModelBytes draft = TRY(plan_model(*models.draft, request, context));
  plan.draft = DraftMemory{.mapped_bytes = draft.mapped,
                           .weight_bytes = draft.weights,
                           .work_bytes = draft.work,
                           .header_bytes = models.draft->files.header_bytes(),
                           .kv = std::move(draft.kv)};
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

/// The largest context that fits; the one asked for, or the model's own, where it does.
Status fit_context(MemoryPlan& plan, const MemoryRequest& request, const Models& models) {
  const auto fits = [&](size_t context) -> Result<bool> {
    TRY(plan_context(plan, request, models, context));
    return !request.available || plan.total_bytes() + kMemoryReserve <= *request.available;
  };
  const size_t wanted = request.context > 0 ? request.context : plan.trained_context;
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

/// The longest text that the model was made for. Error: kInvalidArgument where more is asked of an encoder
/// than it has positions for.
Result<size_t> longest_text(const ModelDescription& model, const MemoryRequest& request) {
  const auto positions = size_t(model.config.max_position_embeddings);
  const size_t own = model.config.embedding.max_tokens;
  if (model.kind == ModelKind::kEncoder && request.context > positions) {
    return fail_hint(ErrorCode::kInvalidArgument, fmt::format("use up to {}, or leave it out", positions),
                     "a context of {} tokens is more than the {} positions that the encoder has",
                     request.context, positions);
  }
  return own > 0 ? std::min(own, positions) : positions;
}

}  // namespace

size_t encoder_batch_tokens(size_t max_batch_tokens, size_t context) {
  return std::max(max_batch_tokens, context);
}

Result<MemoryPlan> plan_memory(const ModelFiles& files, const Placement& placement,
                               const MemoryRequest& request) {
  Models models{.model = {.files = files,
                          .placement = placement,
                          .description = TRY(describe_model(files)),
                          .num_logits = request.num_sequences + request.max_draft_rows},
                .draft = {}};
  if (request.draft != nullptr) {
    models.draft.emplace(PlannedModel{.files = *request.draft,
                                      .placement = placement.device(0),
                                      .description = TRY(describe_model(*request.draft)),
                                      .num_logits = request.num_sequences});
  }
  MemoryPlan plan;
  plan.available = request.available;
  plan.kind = models.model.description.kind;
  plan.trained_context = TRY(longest_text(models.model.description, request));
  plan.program_bytes = kProgramBytes + files.header_bytes() * kBytesPerHeaderByte;
  TRY(fit_context(plan, request, models));
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
