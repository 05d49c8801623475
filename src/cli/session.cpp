#include "cli/session.h"

#include <array>
#include <utility>

#include "base/file.h"
#include "cli/arguments/value_kind.h"
#include "engine/memory/system_memory.h"
#include "store/model_path.h"

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

Result<ModelOptions> model_options(const SessionOptions& options) {
  ModelOptions load = options.load;
  if (!options.model.empty()) load.path = TRY(resolve_model(options.model));
  if (!options.draft_model.empty()) load.draft_path = TRY(resolve_model(options.draft_model));
  load.precision = TRY(parse_precision(options.precision));
  load.kv_dtype = TRY(parse_kv_type(options.kv_type));
  load.pooling = TRY(parse_pooling(options.pooling));
  if (!options.chat_template.empty()) {
    load.chat_template = TRY(read_file(options.chat_template, kMaxChatTemplateSize));
  }
  return load;
}

Result<Session> open_session(const SessionOptions& options, const LogSink& log) {
  const ModelOptions load = TRY(model_options(options));
  Session session;
  session.pool = TRY(ModelPool::create(
      {.compute = options.compute, .prefixes = options.prefixes, .max_models = 1, .log = log}));
  session.lease = TRY(session.pool->acquire(load));
  return session;
}

Result<PlannedSession> plan_session(const SessionOptions& options, const LogSink& log) {
  const ModelOptions load = TRY(model_options(options));
  std::unique_ptr<Compute> compute = TRY(Compute::create(options.compute, log));
  OpenedModel model = TRY(open_model(load, *compute, available_memory(), log));
  return PlannedSession{std::move(compute), std::move(model)};
}

}  // namespace hearth::cli
