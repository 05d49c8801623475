#include "cli/session.h"

#include <array>
#include <utility>

#include "base/file.h"
#include "cli/arguments/value_kind.h"
#include "cli/model_defaults.h"
#include "engine/memory/system_memory.h"
#include "engine/pool/stored_template.h"
#include "store/find_model.h"

namespace hearth::cli {
namespace {

constexpr size_t kMaxChatTemplateSize = size_t(16) << 20;

constexpr std::array<std::pair<std::string_view, DType>, 5> kKvTypes = {{{"f16", DType::kF16},
                                                                         {"f32", DType::kF32},
                                                                         {"bf16", DType::kBF16},
                                                                         {"q8_0", DType::kQ8_0},
                                                                         {"q4_0", DType::kQ4_0}}};

constexpr std::array<std::pair<std::string_view, Pooling>, 4> kPoolings = {
    {{"mean", Pooling::kMean}, {"cls", Pooling::kCls}, {"last", Pooling::kLast}, {"rank", Pooling::kRank}}};

Result<std::optional<Pooling>> parse_pooling(std::string_view name) {
  if (name.empty()) return std::nullopt;
  for (const auto& [known, pooling] : kPoolings) {
    if (known == name) return pooling;
  }
  return fail_hint(ErrorCode::kInvalidArgument, "use " + either(pooling_names()), "there is no pooling '{}'",
                   name);
}

Result<Precision> parse_precision(std::string_view name) {
  if (name == "auto") return Precision::kAuto;
  if (name == "f32") return Precision::kF32;
  return fail_hint(ErrorCode::kInvalidArgument, "use auto or f32", "there is no precision '{}'", name);
}

/// What the store says of a model, where the command line says nothing.
Status apply_stored(const StoredModel& stored, ModelOptions& load, const LogSink& log) {
  if (!stored.adapters.empty()) {
    return fail_hint(ErrorCode::kUnsupported, "merge the adapter into the weights, or run the model it is of",
                     "{} has an adapter (LoRA), which cannot be run", stored.name.text());
  }
  if (!stored.projector.empty()) {
    log(LogLevel::kInfo, stored.name.text() + " also reads images; its text model runs");
  }
  if (load.draft_path.empty()) load.draft_path = stored.draft;
  if (load.context == 0) load.context = read_model_defaults(stored, {}, no_log()).context;
  if (!load.chat_template) load.chat_template = stored_chat_template(stored, log);
  return {};
}

}  // namespace

Result<DType> parse_kv_type(std::string_view name) {
  for (const auto& [known, dtype] : kKvTypes) {
    if (known == name) return dtype;
  }
  return fail_hint(ErrorCode::kInvalidArgument, "use " + either(kv_type_names()), "there is no KV type '{}'",
                   name);
}

std::vector<std::string> pooling_names() {
  std::vector<std::string> names;
  for (const auto& [name, pooling] : kPoolings) names.emplace_back(name);
  return names;
}

std::vector<std::string> kv_type_names() {
  std::vector<std::string> names;
  for (const auto& [name, dtype] : kKvTypes) names.emplace_back(name);
  return names;
}

Result<ModelOptions> load_options(const SessionOptions& options, const LogSink& log) {
  ModelOptions load = options.load;
  if (!options.draft_model.empty()) load.draft_path = TRY(find_model(options.draft_model, log)).path;
  load.precision = TRY(parse_precision(options.precision));
  load.kv_dtype = TRY(parse_kv_type(options.kv_type));
  load.pooling = TRY(parse_pooling(options.pooling));
  if (!options.chat_template.empty()) {
    load.chat_template = TRY(read_file(options.chat_template, kMaxChatTemplateSize));
  }
  return load;
}

Result<ChosenModel> choose_model(const SessionOptions& options, const LogSink& log) {
  LocatedModel located = TRY(find_model(options.model, log));
  ChosenModel chosen{.load = TRY(load_options(options, log)), .stored = std::move(located.stored)};
  chosen.load.path = std::move(located.path);
  if (chosen.stored) TRY(apply_stored(*chosen.stored, chosen.load, log));
  return chosen;
}

Result<Session> open_session(const SessionOptions& options, const LogSink& log) {
  ChosenModel chosen = TRY(choose_model(options, log));
  Session session;
  session.stored = std::move(chosen.stored);
  session.pool = TRY(ModelPool::create(
      {.compute = options.compute, .prefixes = options.prefixes, .max_models = 1, .log = log}));
  session.lease = TRY(session.pool->acquire(chosen.load));
  return session;
}

Result<PlannedSession> plan_session(const SessionOptions& options, const LogSink& log) {
  const ModelOptions load = TRY(choose_model(options, log)).load;
  std::unique_ptr<Compute> compute = TRY(Compute::create(options.compute, log));
  OpenedModel model = TRY(open_model(load, *compute, available_memory(), log));
  return PlannedSession{std::move(compute), std::move(model)};
}

}  // namespace hearth::cli
