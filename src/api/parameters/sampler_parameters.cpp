#include "api/parameters/sampler_parameters.h"

#include <algorithm>

namespace hearth::api {
namespace {

constexpr int64_t kMaxCount = 2147483647;
constexpr double kMaxFactor = 1000.0;

constexpr SamplerParameter kNumbers[] = {
    {{"temperature", Schema::number(0, 100),
      "How much chance there is in the choice of tokens; 0 takes the likeliest."},
     [](SamplingParams& s, double v) { s.temperature = float(v); }},
    {{"dynatemp_range", Schema::number(0, 100),
      "The temperature moves by this much up and down, with the entropy."},
     [](SamplingParams& s, double v) { s.dynamic_temperature_range = float(v); }},
    {{"dynatemp_exponent", Schema::number(0, 100), "The shape of that movement."},
     [](SamplingParams& s, double v) { s.dynamic_temperature_exponent = float(v); }},
    {{"top_k", Schema::integer(-1, kMaxCount), "Only the k likeliest tokens; 0 and -1: all."},
     [](SamplingParams& s, double v) { s.top_k = std::max(0, int(v)); }},
    // At 0 the likeliest token alone remains, as at any value this small.
    {{"top_p", Schema::number(0, 1), "The likeliest tokens that together have this probability; 1: all."},
     [](SamplingParams& s, double v) { s.top_p = std::max(1e-6f, float(v)); }},
    {{"min_p", Schema::number(0, 1),
      "Only tokens with this share of the likeliest one's probability; 0: all."},
     [](SamplingParams& s, double v) { s.min_p = float(v); }},
    {{"typical_p", Schema::number(0, 1), "Locally typical sampling; 1: off."},
     [](SamplingParams& s, double v) { s.typical_p = std::max(1e-6f, float(v)); }},
    {{"top_n_sigma", Schema::number(-1, kMaxFactor),
      "Tokens within n deviations of the highest logit; 0 and -1: off."},
     [](SamplingParams& s, double v) { s.top_n_sigma = std::max(0.0f, float(v)); }},
    {{"xtc_probability", Schema::number(0, 1), "How often the likeliest tokens are taken out; 0: never."},
     [](SamplingParams& s, double v) { s.xtc_probability = float(v); }},
    {{"xtc_threshold", Schema::number(0, 1), "Which of them: those above this probability."},
     [](SamplingParams& s, double v) { s.xtc_threshold = float(v); }},
    {{"repeat_penalty", Schema::number(0.001, kMaxFactor), "The same as repetition_penalty."},
     [](SamplingParams& s, double v) { s.repetition_penalty = float(v); }},
    {{"repetition_penalty", Schema::number(0.001, kMaxFactor),
      "Makes tokens that occurred less likely; 1: off."},
     [](SamplingParams& s, double v) { s.repetition_penalty = float(v); }},
    {{"repeat_last_n", Schema::integer(-1, kMaxCount), "How many tokens the penalties look at; -1: all."},
     [](SamplingParams& s, double v) { s.penalty_last_n = int(v); }},
    {{"presence_penalty", Schema::number(-100, 100),
      "Subtracted from the logit of a token that the completion has."},
     [](SamplingParams& s, double v) { s.presence_penalty = float(v); }},
    {{"frequency_penalty", Schema::number(-100, 100), "Taken from it for each time that it occurs."},
     [](SamplingParams& s, double v) { s.frequency_penalty = float(v); }},
    {{"dry_multiplier", Schema::number(0, kMaxFactor),
      "How hard repeated runs of tokens are punished; 0: not at all."},
     [](SamplingParams& s, double v) { s.dry.multiplier = float(v); }},
    {{"dry_base", Schema::number(1, kMaxFactor), "How fast that grows with the length of the run."},
     [](SamplingParams& s, double v) { s.dry.base = float(v); }},
    {{"dry_allowed_length", Schema::integer(1, kMaxCount), "The longest run that is not punished."},
     [](SamplingParams& s, double v) { s.dry.allowed_length = int(v); }},
    {{"dry_penalty_last_n", Schema::integer(-1, kMaxCount),
      "How many tokens are searched for runs; -1: all."},
     [](SamplingParams& s, double v) { s.dry.last_n = int(v); }},
    {{"mirostat_tau", Schema::number(0, 100), "Mirostat: the surprise to keep to, in bits."},
     [](SamplingParams& s, double v) { s.mirostat.tau = float(v); }},
    {{"mirostat_eta", Schema::number(0, 1), "Mirostat: how fast it is corrected."},
     [](SamplingParams& s, double v) { s.mirostat.eta = float(v); }},
};

constexpr Schema kBreaker = Schema::text(1, DryParams::kMaxBreakerLength);
constexpr Schema kStep = Schema::choice(kSamplerStepNames);

constexpr Parameter kOthers[] = {
    {"mirostat", Schema::only("[0, 2]", "version 1 is not supported"),
     "2: Mirostat 2 in place of the steps that cut tokens off."},
    {"dry_sequence_breakers", Schema::array(kBreaker, 0, DryParams::kMaxBreakers),
     "Texts that a repeated run never reaches across."},
    {"samplers", Schema::set(kStep, std::size(kSamplerStepNames)),
     "The steps of sampling in their order; those left out are off."},
    {"seed", Schema::integer(INT64_MIN, INT64_MAX), "Makes the same text again; -1: any."},
};

}  // namespace

std::span<const SamplerParameter> sampler_numbers() { return kNumbers; }

ParameterList sampler_parameters() {
  ParameterList list;
  for (const SamplerParameter& number : kNumbers) list.add(number.parameter);
  list.add({kOthers});
  return list;
}

void read_sampler(Parameters& parameters, SamplingParams& sampling) {
  for (const SamplerParameter& number : kNumbers) {
    if (const auto value = parameters.number(number.parameter.name)) number.set(sampling, *value);
  }
  if (const auto version = parameters.integer("mirostat")) sampling.mirostat.enabled = *version == 2;
  if (const Json* breakers = parameters.find("dry_sequence_breakers")) {
    sampling.dry.sequence_breakers = breakers->get<std::vector<std::string>>();
  }
  if (const Json* names = parameters.find("samplers")) {
    sampling.order.clear();
    for (const Json& name : *names) {
      sampling.order.push_back(parse_sampler_step(name.get_ref<const std::string&>()).value());
    }
  }
  // -1 asks for any seed, as none at all does.
  const auto seed = parameters.integer("seed");
  if (seed && *seed != -1) sampling.seed = uint64_t(*seed);
}

}  // namespace hearth::api
