#include "models/loader.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "formats/config.h"
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
    known.push_back(spec.names.front());
  }
  return fail_hint(ErrorCode::kUnsupported,
                   fmt::format("this build runs models of: {}", fmt::join(known, ", ")),
                   "the model's architecture '{}' is not supported", architecture);
}

Result<Described> describe(const ModelFiles& files, const LogSink& log) {
  ModelSpec spec = TRY(find_spec(TRY(files.architecture())));
  ModelConfig config = TRY(read_config(files, spec.conventions, log, spec.parts));
  TRY(spec.configure(config, files.config(spec.conventions, log)));
  const TensorSet* tensors = TRY(files.tensors(spec.conventions));
  return Described{std::move(spec), std::move(config), tensors};
}

Result<std::unique_ptr<Model>> build(const ModelFiles& files, const Placement& placement,
                                     const LoadOptions& options) {
  if (options.max_batch_tokens < 1) {
    return fail(ErrorCode::kInvalidArgument, "max_batch_tokens is {} but must be at least 1",
                options.max_batch_tokens);
  }
  const Described described = TRY(describe(files, options.log));
  const int context_limit =
      options.context_limit > 0 ? options.context_limit : described.config.max_position_embeddings;
  return described.spec.build({.tensors = *described.tensors,
                               .config = described.config,
                               .placement = placement,
                               .max_batch_tokens = options.max_batch_tokens,
                               .context_limit = context_limit,
                               .log = options.log});
}

}  // namespace

Result<ModelDescription> describe_model(const ModelFiles& files) {
  Described described = TRY(describe(files, no_log()));
  std::vector<CacheSpec> cache_specs = described.spec.cache_specs(described.config);
  return ModelDescription{std::move(described.config), std::move(cache_specs)};
}

Result<std::vector<ModelMemory>> plan_model_memory(const ModelFiles& files, const Placement& placement,
                                                   const LoadOptions& options) {
  Placement planned = placement;
  std::vector<std::unique_ptr<PlanningBackend>> planning;
  for (Backend*& device : planned.devices) {
    planning.push_back(std::make_unique<PlanningBackend>(*device, options.max_batch_tokens));
    device = planning.back().get();
  }
  TRY(build(files, planned, options));
  std::vector<ModelMemory> memory;
  for (const auto& device : planning) {
    memory.push_back({.mapped_bytes = device->mapped_total(),
                      .weight_bytes = device->packed_total(),
                      .work_bytes = device->allocated_total() + device->product_total()});
  }
  return memory;
}

Result<std::unique_ptr<Model>> load_model(const ModelFiles& files, const Placement& placement,
                                          const LoadOptions& options) {
  return build(files, placement, options);
}

}  // namespace hearth
