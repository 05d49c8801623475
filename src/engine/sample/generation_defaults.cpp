#include "engine/sample/generation_defaults.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace hearth {
namespace {

/// Takes the values of a file one by one, as far as they are legal.
class DefaultsReader {
 public:
  explicit DefaultsReader(ConfigKeys keys) : keys_(std::move(keys)) {
    params_.temperature = 1.0f;
    params_.top_p = 1.0f;
    params_.min_p = 0.0f;
  }

  /// `field` names the parameter that takes the key's value.
  template <typename T, typename Field>
  void read(std::string_view key, const Field& field) {
    const std::optional<T> value = keys_.usable<T>(key);
    if (!value) return;
    SamplingParams changed = params_;
    field(changed) = *value;
    if (const Status status = validate(changed, 1); !status) {
      return keys_.note(key, fmt::format("is {}: {}", *value, status.error().hint));
    }
    params_ = std::move(changed);
    found_ = true;
  }

  /// Some authors write -1 for "off".
  void read_top_k() {
    const std::optional<int32_t> value = keys_.usable<int32_t>("top_k");
    if (!value) return;
    params_.top_k = std::max(*value, 0);
    found_ = true;
  }

  void read_mirostat() {
    const std::optional<int32_t> value = keys_.usable<int32_t>("mirostat");
    if (!value) return;
    if (*value != 0 && *value != 2) {
      return keys_.note("mirostat", fmt::format("is {}: known are 0 and 2", *value));
    }
    params_.mirostat.enabled = *value == 2;
    found_ = true;
  }

  std::optional<SamplingParams> result() const { return found_ ? std::optional(params_) : std::nullopt; }

 private:
  ConfigKeys keys_;
  SamplingParams params_;
  bool found_ = false;
};

}  // namespace

std::optional<SamplingParams> recommended_sampling(ConfigKeys keys) {
  DefaultsReader reader(std::move(keys));
  using Params = SamplingParams;
  reader.read<float>("temperature", [](Params& params) -> float& { return params.temperature; });
  reader.read_top_k();
  reader.read<float>("top_p", [](Params& params) -> float& { return params.top_p; });
  reader.read<float>("min_p", [](Params& params) -> float& { return params.min_p; });
  reader.read<float>("xtc_probability", [](Params& params) -> float& { return params.xtc_probability; });
  reader.read<float>("xtc_threshold", [](Params& params) -> float& { return params.xtc_threshold; });
  reader.read<int32_t>("penalty_last_n", [](Params& params) -> int& { return params.penalty_last_n; });
  reader.read<float>("repetition_penalty",
                     [](Params& params) -> float& { return params.repetition_penalty; });
  reader.read<float>("mirostat_tau", [](Params& params) -> float& { return params.mirostat.tau; });
  reader.read<float>("mirostat_eta", [](Params& params) -> float& { return params.mirostat.eta; });
  reader.read_mirostat();
  return reader.result();
}

SamplingParams default_sampling(ConfigKeys keys) {
  return recommended_sampling(std::move(keys)).value_or(SamplingParams{});
}

}  // namespace hearth
