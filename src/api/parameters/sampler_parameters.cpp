#include "api/parameters/sampler_parameters.h"

#include <algorithm>

namespace hearth::api {
namespace {

constexpr double kMaxCount = 2147483647.0;
constexpr double kMaxFactor = 1000.0;

constexpr SamplerParameter kParameters[] = {
    {"temperature", false, 0, 100, "How much chance there is in the choice of tokens; 0 takes the likeliest.",
     [](SamplingParams& s, double v) { s.temperature = float(v); }},
    {"dynatemp_range", false, 0, 100, "The temperature moves by this much up and down, with the entropy.",
     [](SamplingParams& s, double v) { s.dynamic_temperature_range = float(v); }},
    {"dynatemp_exponent", false, 0, 100, "The shape of that movement.",
     [](SamplingParams& s, double v) { s.dynamic_temperature_exponent = float(v); }},
    {"top_k", true, -1, kMaxCount, "Only the k likeliest tokens; 0 and -1: all.",
     [](SamplingParams& s, double v) { s.top_k = std::max(0, int(v)); }},
    // At 0 the likeliest token alone remains, as at any value this small.
    {"top_p", false, 0, 1, "The likeliest tokens that together have this probability; 1: all.",
     [](SamplingParams& s, double v) { s.top_p = std::max(1e-6f, float(v)); }},
    {"min_p", false, 0, 1, "Only tokens with this share of the likeliest one's probability; 0: all.",
     [](SamplingParams& s, double v) { s.min_p = float(v); }},
    {"typical_p", false, 0, 1, "Locally typical sampling; 1: off.",
     [](SamplingParams& s, double v) { s.typical_p = std::max(1e-6f, float(v)); }},
    {"top_n_sigma", false, -1, kMaxFactor, "Tokens within n deviations of the highest logit; 0 and -1: off.",
     [](SamplingParams& s, double v) { s.top_n_sigma = std::max(0.0f, float(v)); }},
    {"xtc_probability", false, 0, 1, "How often the likeliest tokens are taken out; 0: never.",
     [](SamplingParams& s, double v) { s.xtc_probability = float(v); }},
    {"xtc_threshold", false, 0, 1, "Which of them: those above this probability.",
     [](SamplingParams& s, double v) { s.xtc_threshold = float(v); }},
    {"repeat_penalty", false, 0.001, kMaxFactor, "The same as repetition_penalty.",
     [](SamplingParams& s, double v) { s.repetition_penalty = float(v); }},
    {"repetition_penalty", false, 0.001, kMaxFactor, "Makes tokens that occurred less likely; 1: off.",
     [](SamplingParams& s, double v) { s.repetition_penalty = float(v); }},
    {"repeat_last_n", true, -1, kMaxCount, "How many tokens the penalties look at; -1: all.",
     [](SamplingParams& s, double v) { s.penalty_last_n = int(v); }},
    {"presence_penalty", false, -100, 100, "Taken from the logit of a token that the answer holds.",
     [](SamplingParams& s, double v) { s.presence_penalty = float(v); }},
    {"frequency_penalty", false, -100, 100, "Taken from it for each time that it occurs.",
     [](SamplingParams& s, double v) { s.frequency_penalty = float(v); }},
    {"dry_multiplier", false, 0, kMaxFactor, "How hard repeated runs of tokens are punished; 0: not at all.",
     [](SamplingParams& s, double v) { s.dry.multiplier = float(v); }},
    {"dry_base", false, 1, kMaxFactor, "How fast that grows with the length of the run.",
     [](SamplingParams& s, double v) { s.dry.base = float(v); }},
    {"dry_allowed_length", true, 1, kMaxCount, "The longest run that is not punished.",
     [](SamplingParams& s, double v) { s.dry.allowed_length = int(v); }},
    {"dry_penalty_last_n", true, -1, kMaxCount, "How many tokens are searched for runs; -1: all.",
     [](SamplingParams& s, double v) { s.dry.last_n = int(v); }},
    {"mirostat_tau", false, 0, 100, "Mirostat: the surprise to keep to, in bits.",
     [](SamplingParams& s, double v) { s.mirostat.tau = float(v); }},
    {"mirostat_eta", false, 0, 1, "Mirostat: how fast it is corrected.",
     [](SamplingParams& s, double v) { s.mirostat.eta = float(v); }},
};

Status read_mirostat(ParameterReader& reader, SamplingParams& sampling) {
  const auto version = TRY(reader.integer("mirostat", 0, 2));
  if (!version) return {};
  if (*version == 1) {
    return fail_hint(ErrorCode::kUnsupported, "use version 2", "mirostat: version 1 is not supported");
  }
  sampling.mirostat.enabled = *version == 2;
  return {};
}

Status read_breakers(ParameterReader& reader, SamplingParams& sampling) {
  const Json* breakers = reader.find("dry_sequence_breakers");
  if (breakers == nullptr) return {};
  if (!breakers->is_array() ||
      !std::ranges::all_of(*breakers, [](const Json& value) { return value.is_string(); })) {
    return fail(ErrorCode::kInvalidArgument, "dry_sequence_breakers: must be an array of strings");
  }
  sampling.dry.sequence_breakers = breakers->get<std::vector<std::string>>();
  return {};
}

Status read_order(ParameterReader& reader, SamplingParams& sampling) {
  const Json* names = reader.find("samplers");
  if (names == nullptr) return {};
  if (!names->is_array()) {
    return fail(ErrorCode::kInvalidArgument, "samplers: must be an array of strings, not {}",
                kind_of(*names));
  }
  sampling.order.clear();
  for (const Json& name : *names) {
    if (!name.is_string()) {
      return fail(ErrorCode::kInvalidArgument, "samplers: must be an array of strings");
    }
    auto step = parse_sampler_step(name.get_ref<const std::string&>());
    if (!step) {
      return fail_hint(ErrorCode::kInvalidArgument, step.error().hint, "samplers: names an unknown sampler");
    }
    if (std::ranges::find(sampling.order, *step) != sampling.order.end()) {
      return fail(ErrorCode::kInvalidArgument, "samplers: names '{}' twice", to_string(*step));
    }
    sampling.order.push_back(*step);
  }
  return {};
}

}  // namespace

std::span<const SamplerParameter> sampler_parameters() { return kParameters; }

Status read_sampler(ParameterReader& reader, SamplingParams& sampling) {
  for (const SamplerParameter& parameter : kParameters) {
    if (parameter.is_integer) {
      const auto value = TRY(reader.integer(parameter.name, int64_t(parameter.low), int64_t(parameter.high)));
      if (value) parameter.set(sampling, double(*value));
    } else {
      const auto value = TRY(reader.number(parameter.name, parameter.low, parameter.high));
      if (value) parameter.set(sampling, *value);
    }
  }
  TRY(read_mirostat(reader, sampling));
  TRY(read_breakers(reader, sampling));
  TRY(read_order(reader, sampling));
  // -1 asks for any seed, as none at all does.
  const auto seed = TRY(reader.integer("seed", INT64_MIN, INT64_MAX));
  if (seed && *seed != -1) sampling.seed = uint64_t(*seed);
  return {};
}

}  // namespace hearth::api
