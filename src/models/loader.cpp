#include "models/loader.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "base/threads.h"
#include "formats/config.h"
#include "models/architecture_names.h"
#include "models/model_spec.h"
#include "models/planning_backend.h"

namespace hearth {

namespace {

struct Described {
  ModelSpec spec;
  ModelConfig config;
  const TensorSet* tensors;
};

Result<ModelSpec> find_spec(std::string_view architecture) {
  std::vector<std::string_view> known;
  for (ModelSpec& spec : all_arch()) {
    if (std::ranges::find(spec.names, architecture) != spec.names.end()) return std::move(spec);
    known.insert(known.end(), spec.names.begin(), spec.names.end());
  }
  if (architecture == "clip") {
    return fail_hint(ErrorCode::kUnsupported, "name the file of the model that it belongs to",
                     "this file holds what lets a model see images ('clip'), not a model");
  }
  const std::vector<std::string_view> relatives = relatives_of(architecture, known);
  const std::string of_family = relatives.empty()
                                    ? std::string()
                                    : fmt::format("of its family there are {}; ", fmt::join(relatives, ", "));
  return fail_hint(ErrorCode::kUnsupported,
                   of_family + "`hearth architectures` lists all that this build runs",
                   "the model's architecture '{}' is not supported", architecture);
}

Result<Described> describe(const ModelFiles& files, const LogSink& log) {
  ModelSpec spec = TRY(find_spec(TRY(files.architecture())));
  ModelConfig config = TRY(read_config(files, spec.conventions, log, spec.parts));
  TRY(spec.configure(config, files.config(spec.conventions, log)));
  const TensorSet* tensors = TRY(files.tensors(spec.conventions));
  return Described{std::move(spec), std::move(config), tensors};
}

Result<LoadedArchitecture> build(const ModelFiles& files, const Placement& placement,
                                 const LoadOptions& options) {
  if (options.max_batch_tokens < 1) {
    return fail(ErrorCode::kInvalidArgument, "max_batch_tokens is {} but must be at least 1",
                options.max_batch_tokens);
  }
  const Described described = TRY(describe(files, options.log));
  const int context_limit =
      options.context_limit > 0 ? options.context_limit : described.config.max_position_embeddings;
  const LoadContext context{.tensors = *described.tensors,
                            .config = described.config,
                            .placement = placement,
                            .max_batch_tokens = options.max_batch_tokens,
                            .context_limit = context_limit,
                            .log = options.log};
  return std::visit([&](const auto& builder) -> Result<LoadedArchitecture> { return TRY(builder(context)); },
                    described.spec.build);
}

/// A model on devices that only count.
struct PlannedModel {
  std::vector<std::unique_ptr<PlanningBackend>> devices;  ///< as those of the placement
  LoadedArchitecture model;
};

Result<PlannedModel> build_planned(const ModelFiles& files, const Placement& placement,
                                   const LoadOptions& options) {
  PlannedModel planned;
  Placement counted = placement;
  for (Backend*& device : counted.devices) {
    planned.devices.push_back(std::make_unique<PlanningBackend>(*device));
    device = planned.devices.back().get();
  }
  planned.model = TRY(build(files, counted, options));
  return planned;
}

/// A batch as wide as the model takes, whose sequences end at the end of the context.
void run_widest_step(CausalModel& model, int context, const StepNeeds& steps) {
  const int most_rows = model.max_batch_tokens();
  const int num_sequences = int(std::clamp<size_t>(steps.num_sequences, 1, size_t(most_rows)));
  const int64_t num_rows = std::min<int64_t>(most_rows, int64_t(num_sequences) * context);
  const int32_t block = 0;  // nobody looks for another
  const std::vector<std::span<const int32_t>> tables(model.cache_specs().size(), std::span(&block, 1));
  std::vector<int32_t> positions, last_rows;
  std::vector<BatchSequence> sequences;
  for (int index = 0; index < num_sequences; ++index) {
    const WorkRange rows = split_work(num_rows, index, num_sequences);
    const auto first_position = int32_t(context - (rows.end - rows.begin));
    sequences.push_back({.first_row = int32_t(rows.begin),
                         .num_rows = context - first_position,
                         .first_position = first_position,
                         .block_tables = tables});
    for (int position = first_position; position < context; ++position) positions.push_back(position);
    last_rows.push_back(int32_t(rows.end) - 1);
  }
  std::vector<KvGroup> groups;
  for (const CacheSpec& spec : model.cache_specs()) {
    groups.push_back({.base = {},
                      .block_stride = 0,
                      .layer_offsets = std::vector<size_t>(spec.layers.size()),
                      .dtype = steps.kv_dtype});
  }
  const std::vector<int32_t> ids(positions.size());
  std::vector<float> logits(last_rows.size() * size_t(model.config().vocab_size));
  model.submit({.token_ids = ids, .positions = positions, .sequences = sequences, .logits_rows = last_rows},
               groups);
  model.collect(logits);
}

/// Of texts that have as many rows as they may, and of as many as may be.
void run_widest_step(EncoderModel& model, int context, const StepNeeds& steps) {
  const int most_rows = model.max_batch_tokens();
  const int longest = std::min({context, most_rows, model.config().max_position_embeddings});
  const int most_sequences =
      int(std::clamp<size_t>(steps.num_sequences, 1, size_t(model.max_batch_sequences())));
  for (const int num_sequences : {1, most_sequences}) {
    const int64_t num_rows = std::min<int64_t>(most_rows, int64_t(num_sequences) * longest);
    std::vector<EncoderSequence> sequences;
    for (int index = 0; index < num_sequences; ++index) {
      const WorkRange rows = split_work(num_rows, index, num_sequences);
      sequences.push_back({.first_row = int32_t(rows.begin), .num_rows = int32_t(rows.end - rows.begin)});
    }
    const std::vector<int32_t> ids(size_t(num_rows), 0);
    std::vector<float> hidden(size_t(num_rows) * size_t(model.config().hidden_size));
    model.submit({.token_ids = ids, .token_types = {}, .sequences = sequences});
    model.collect(hidden);
  }
}

/// The model where it is of the kind that is asked for.
template <typename Kind>
Result<std::unique_ptr<Kind>> expect_kind(LoadedArchitecture loaded, std::string_view wanted,
                                          std::string_view hint) {
  if (auto* model = std::get_if<std::unique_ptr<Kind>>(&loaded)) return std::move(*model);
  const std::string architecture =
      std::visit([](const auto& model) { return model->config().architecture; }, loaded);
  return fail_hint(ErrorCode::kUnsupported, std::string(hint), "a model of architecture '{}' is no {}",
                   architecture, wanted);
}

}  // namespace

Result<ModelDescription> describe_model(const ModelFiles& files) {
  Described described = TRY(describe(files, no_log()));
  std::vector<CacheSpec> cache_specs;
  if (described.spec.cache_specs) cache_specs = described.spec.cache_specs(described.config);
  const bool is_causal = std::holds_alternative<BuildCausalModel>(described.spec.build);
  return ModelDescription{.kind = is_causal ? ModelKind::kCausal : ModelKind::kEncoder,
                          .config = std::move(described.config),
                          .cache_specs = std::move(cache_specs)};
}

Result<std::vector<ModelMemory>> plan_model_memory(const ModelFiles& files, const Placement& placement,
                                                   const LoadOptions& options, const StepNeeds& steps) {
  const PlannedModel planned = TRY(build_planned(files, placement, options));
  std::visit(
      [&](const auto& model) {
        const int trained = model->config().max_position_embeddings;
        run_widest_step(*model, options.context_limit > 0 ? options.context_limit : trained, steps);
      },
      planned.model);
  std::vector<ModelMemory> memory;
  for (const auto& device : planned.devices) {
    memory.push_back({.mapped_bytes = device->mapped_total(),
                      .weight_bytes = device->packed_total(),
                      .work_bytes = device->allocated_total() + device->work_total()});
  }
  return memory;
}

Result<LoadedArchitecture> load_model(const ModelFiles& files, const Placement& placement,
                                      const LoadOptions& options) {
  LoadOptions silent = options;
  silent.log = no_log();
  const PlannedModel planned = TRY(build_planned(files, placement, silent));
  size_t packed = 0;
  for (size_t i = 0; i < planned.devices.size(); ++i) {
    packed += planned.devices[i]->packed_total();
    placement.device(i).reserve_packed(planned.devices[i]->packed_total());
  }
  LoadedArchitecture model = TRY(build(files, placement, options));
  // Each page that was read brought back some around it, which may have been released already.
  for (const NamedTensor& tensor : files.stored_tensors()) {
    if (packed > 0 && tensor.view.file != nullptr) tensor.view.file->release(tensor.view.data);
  }
  return model;
}

Result<std::unique_ptr<CausalModel>> load_causal_model(const ModelFiles& files, const Placement& placement,
                                                       const LoadOptions& options) {
  return expect_kind<CausalModel>(TRY(load_model(files, placement, options)), "model that writes text",
                                  "it is an encoder: it gives embeddings, or scores of texts");
}

Result<std::unique_ptr<EncoderModel>> load_encoder_model(const ModelFiles& files, const Placement& placement,
                                                         const LoadOptions& options) {
  return expect_kind<EncoderModel>(TRY(load_model(files, placement, options)), "encoder",
                                   "it writes text; an encoder is a model such as BERT");
}

}  // namespace hearth
