#include "engine/generation_defaults.h"

#include <optional>

namespace hearth {
namespace {

/// Sets `value` where the file has `key`.
template <typename T>
Status read(const GgufFile& file, std::string_view key, T& value, bool& found) {
  const auto read_value = TRY(file.get_optional<T>(key));
  if (!read_value) return {};
  value = *read_value;
  found = true;
  return {};
}

}  // namespace

Result<SamplingParams> default_sampling(const GgufFile& file) {
  SamplingParams params;
  params.temperature = 1.0f;
  params.top_p = 1.0f;
  params.min_p = 0.0f;
  bool found = false;
  TRY(read(file, "general.sampling.temp", params.temperature, found));
  TRY(read(file, "general.sampling.top_k", params.top_k, found));
  TRY(read(file, "general.sampling.top_p", params.top_p, found));
  TRY(read(file, "general.sampling.min_p", params.min_p, found));
  TRY(read(file, "general.sampling.xtc_probability", params.xtc_probability, found));
  TRY(read(file, "general.sampling.xtc_threshold", params.xtc_threshold, found));
  TRY(read(file, "general.sampling.penalty_last_n", params.penalty_last_n, found));
  TRY(read(file, "general.sampling.penalty_repeat", params.repetition_penalty, found));
  TRY(read(file, "general.sampling.mirostat_tau", params.mirostat.tau, found));
  TRY(read(file, "general.sampling.mirostat_eta", params.mirostat.eta, found));
  int mirostat = 0;
  TRY(read(file, "general.sampling.mirostat", mirostat, found));
  params.mirostat.enabled = mirostat == 2;
  if (!found) return SamplingParams{};
  if (params.top_k < 0) params.top_k = 0;  // some authors write -1 for "off"
  if (Status status = validate(params, 1); !status) {
    return fail_hint(ErrorCode::kCorruptData, status.error().hint, "general.sampling in the model's file: {}",
                     status.error().message);
  }
  return params;
}

}  // namespace hearth
