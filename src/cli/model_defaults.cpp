#include "cli/model_defaults.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "cli/sampling_options.h"

namespace hearth::cli {
namespace {

using Json = nlohmann::json;

// How Ollama runs a model on its machine: nothing that changes what it says.
constexpr std::string_view kOfMachine[] = {
    "num_batch", "num_gpu", "main_gpu", "use_mmap", "use_mlock",         "num_thread",
    "num_keep",  "numa",    "low_vram", "f16_kv",   "draft_num_predict", "penalize_newline"};
constexpr int64_t kMostTokens = int64_t(1) << 30;

/// A number of tokens; 0 where it is none, or "no limit".
size_t token_count(const Json& value) {
  if (!value.is_number_integer()) return 0;
  return size_t(std::clamp(value.get<int64_t>(), int64_t(0), kMostTokens));
}

std::vector<std::string> texts(const Json& value) {
  std::vector<std::string> all;
  for (const Json& item : value.is_array() ? value : Json::array({value})) {
    if (item.is_string()) all.push_back(item.get<std::string>());
  }
  return all;
}

Status set_sampling(SamplingParams& params, const std::string& name, const Json& value) {
  SamplingParams changed = params;
  // -1 is a seed drawn anew.
  if (name == "seed" && value.is_number_integer() && value.get<int64_t>() < 0) return {};
  if (!value.is_number()) return fail(ErrorCode::kInvalidArgument, "{} is no number", name);
  TRY(set_sampling_parameter(changed, name, value.dump()));
  TRY(validate(changed, 1));
  params = std::move(changed);
  return {};
}

}  // namespace

ModelDefaults read_model_defaults(const StoredModel& stored, SamplingParams sampling, const LogSink& log) {
  ModelDefaults defaults{.sampling = std::move(sampling)};
  const Json parameters = Json::parse(stored.parameters, nullptr, false);
  if (!parameters.is_object()) return defaults;
  for (const auto& [name, value] : parameters.items()) {
    if (std::ranges::find(kOfMachine, name) != std::end(kOfMachine)) continue;
    if (name == "num_ctx") {
      defaults.context = token_count(value);
    } else if (name == "num_predict") {
      defaults.max_tokens = token_count(value);
    } else if (name == "stop") {
      defaults.stop = texts(value);
    } else if (const Status set = set_sampling(defaults.sampling, name, value); !set) {
      log(LogLevel::kWarning, fmt::format("the model's parameter {} is not used: {}", visible_line(name),
                                          visible_line(set.error().message)));
    }
  }
  return defaults;
}

}  // namespace hearth::cli
