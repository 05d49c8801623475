#include "cli/sampling_options.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <CLI/Option.hpp>

namespace hearth {
namespace {

template <typename T>
Result<T> parse_number(std::string_view name, std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc() && at == end && !text.empty()) return value;
  return fail_hint(ErrorCode::kInvalidArgument,
                   std::is_integral_v<T> ? "give a whole number" : "give a number", "{} is '{}'", name, text);
}

/// A parameter that is one number of the struct.
template <typename T>
SamplingParameter number(std::string_view name, std::string_view alias, std::string_view help,
                         T& (*field)(SamplingParams&)) {
  return {name, alias, help,
          [=](SamplingParams& params, std::string_view text) -> Status {
            field(params) = TRY(parse_number<T>(name, text));
            return {};
          },
          [=](const SamplingParams& params) {
            SamplingParams copy = params;
            return fmt::format("{}", field(copy));
          }};
}

Status set_seed(SamplingParams& params, std::string_view text) {
  params.seed = TRY(parse_number<uint64_t>("seed", text));
  return {};
}

Status set_mirostat(SamplingParams& params, std::string_view text) {
  if (text != "0" && text != "2") {
    return fail_hint(ErrorCode::kInvalidArgument, "0 is off, 2 is on", "mirostat is '{}'", text);
  }
  params.mirostat.enabled = text == "2";
  return {};
}

/// "17=-5", "17=-inf": adds one bias.
Status add_logit_bias(SamplingParams& params, std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    return fail_hint(ErrorCode::kInvalidArgument, "give TOKEN=BIAS: 17=-5, 17=-inf", "logit_bias is '{}'",
                     text);
  }
  const TokenId id = TRY(parse_number<TokenId>("logit_bias's token", text.substr(0, equals)));
  params.logit_bias.emplace_back(id, TRY(parse_number<float>("logit_bias", text.substr(equals + 1))));
  return {};
}

Status set_samplers(SamplingParams& params, std::string_view text) {
  std::vector<SamplerStep> order;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(",;"), text.size());
    order.push_back(TRY(parse_sampler_step(text.substr(0, end))));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  params.order = std::move(order);
  return {};
}

std::string samplers_text(const SamplingParams& params) {
  std::string text;
  for (SamplerStep step : params.order) text.append(text.empty() ? "" : ",").append(to_string(step));
  return text;
}

std::string bias_text(const SamplingParams& params) {
  std::string text;
  for (const auto& [id, bias] : params.logit_bias)
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", id, bias);
  return text;
}

std::vector<SamplingParameter> make_parameters() {
  using P = SamplingParams;
  return {
      number<float>("temperature", "temp", "randomness; 0 always takes the likeliest token",
                    [](P& p) -> float& { return p.temperature; }),
      number<int>("top_k", "", "only the K likeliest tokens; 0: off", [](P& p) -> int& { return p.top_k; }),
      number<float>("top_p", "", "only the likeliest tokens that make up this probability; 1: off",
                    [](P& p) -> float& { return p.top_p; }),
      number<float>("min_p", "", "only tokens this many times as likely as the likeliest; 0: off",
                    [](P& p) -> float& { return p.min_p; }),
      {"seed", "", "the same seed gives the same text", set_seed,
       [](const P& p) { return p.seed ? fmt::format("{}", *p.seed) : std::string("random"); }},
      number<float>("repetition_penalty", "repeat_penalty", "divides the logits of recent tokens; 1: off",
                    [](P& p) -> float& { return p.repetition_penalty; }),
      number<float>("presence_penalty", "", "taken off tokens the answer has; 0: off",
                    [](P& p) -> float& { return p.presence_penalty; }),
      number<float>("frequency_penalty", "", "taken off for each time the answer has a token; 0: off",
                    [](P& p) -> float& { return p.frequency_penalty; }),
      number<int>("penalty_last_n", "repeat_last_n", "tokens the penalties look back at; -1: all",
                  [](P& p) -> int& { return p.penalty_last_n; }),
      number<float>("typical_p", "typical", "locally typical sampling; 1: off",
                    [](P& p) -> float& { return p.typical_p; }),
      number<float>("top_n_sigma", "", "only logits within N standard deviations of the best; 0: off",
                    [](P& p) -> float& { return p.top_n_sigma; }),
      number<float>("xtc_probability", "", "chance to exclude the top choices; 0: off",
                    [](P& p) -> float& { return p.xtc_probability; }),
      number<float>("xtc_threshold", "", "probability of a top choice; above 0.5: off",
                    [](P& p) -> float& { return p.xtc_threshold; }),
      number<float>("dry_multiplier", "", "strength of the penalty on repeated runs; 0: off",
                    [](P& p) -> float& { return p.dry.multiplier; }),
      number<float>("dry_base", "", "its growth for each token of the run",
                    [](P& p) -> float& { return p.dry.base; }),
      number<int>("dry_allowed_length", "", "runs up to this long are free",
                  [](P& p) -> int& { return p.dry.allowed_length; }),
      number<int>("dry_penalty_last_n", "", "tokens it looks back at; -1: all",
                  [](P& p) -> int& { return p.dry.last_n; }),
      number<float>("dynatemp_range", "", "temperature moves this far by entropy; 0: off",
                    [](P& p) -> float& { return p.dynamic_temperature_range; }),
      number<float>("dynatemp_exponent", "dynatemp_exp", "shape of that movement",
                    [](P& p) -> float& { return p.dynamic_temperature_exponent; }),
      {"mirostat", "", "2 steers the surprise of the text; 0: off", set_mirostat,
       [](const P& p) { return std::string(p.mirostat.enabled ? "2" : "0"); }},
      number<float>("mirostat_tau", "mirostat_ent", "surprise to steer to, in bits",
                    [](P& p) -> float& { return p.mirostat.tau; }),
      number<float>("mirostat_eta", "mirostat_lr", "how fast it steers",
                    [](P& p) -> float& { return p.mirostat.eta; }),
      {"logit_bias", "", "TOKEN=BIAS, added to a logit; -inf forbids the token", add_logit_bias, bias_text},
      {"samplers", "", "the steps in order, by comma; those left out are off", set_samplers, samplers_text},
  };
}

std::string as_flag(std::string_view name) {
  std::string flag = "--" + std::string(name);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

}  // namespace

const std::vector<SamplingParameter>& sampling_parameters() {
  static const std::vector<SamplingParameter> kParameters = make_parameters();
  return kParameters;
}

Status set_sampling_parameter(SamplingParams& params, std::string_view name, std::string_view value) {
  std::string known;
  for (const SamplingParameter& parameter : sampling_parameters()) {
    if (name == parameter.name || (!parameter.alias.empty() && name == parameter.alias)) {
      return parameter.set(params, value);
    }
    known.append(known.empty() ? "" : ", ").append(parameter.name);
  }
  return fail_hint(ErrorCode::kInvalidArgument, "known are " + known, "there is no parameter '{}'", name);
}

void SamplingOptions::add_to(CLI::App& app) {
  for (const SamplingParameter& parameter : sampling_parameters()) {
    std::string flags = as_flag(parameter.name);
    if (!parameter.alias.empty()) flags += "," + as_flag(parameter.alias);
    app.add_option(flags, values_[parameter.name], std::string(parameter.help))
        ->type_name("VALUE")
        ->expected(1)
        ->multi_option_policy(parameter.name == "logit_bias" ? CLI::MultiOptionPolicy::TakeAll
                                                             : CLI::MultiOptionPolicy::TakeLast)
        ->group("Sampling");
  }
}

Result<SamplingParams> SamplingOptions::apply(SamplingParams defaults) const {
  for (const SamplingParameter& parameter : sampling_parameters()) {
    const auto given = values_.find(parameter.name);
    if (given == values_.end()) continue;
    for (const std::string& value : given->second) TRY(parameter.set(defaults, value));
  }
  return defaults;
}

}  // namespace hearth
