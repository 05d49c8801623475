#include "cli/sampling_options.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/printable.h"
#include "cli/arguments/value_kind.h"

namespace hearth::cli {
namespace {

// As many as a vocabulary of any model.
constexpr size_t kMostTokens = size_t(std::numeric_limits<TokenId>::max()) + 1;

/// A parameter that is one number of the struct.
template <typename T>
SamplingParameter parameter(std::string_view name, std::string_view alias, std::string_view allowed,
                            std::string_view help, T& (*field)(SamplingParams&)) {
  return {name,
          alias,
          std::is_integral_v<T> ? "N" : "X",
          allowed,
          help,
          [=](SamplingParams& params, std::string_view text) -> Status {
            field(params) = TRY(parse_number<T>(text));
            return {};
          },
          [=](const SamplingParams& params) {
            SamplingParams copy = params;
            return fmt::format("{}", field(copy));
          }};
}

Status set_seed(SamplingParams& params, std::string_view text) {
  params.seed = TRY(parse_number<uint64_t>(text));
  return {};
}

Status set_mirostat(SamplingParams& params, std::string_view text) {
  if (text != "0" && text != "2") {
    return fail_hint(ErrorCode::kInvalidArgument, "0 is off, 2 is on", "{} is no mode", quoted(text));
  }
  params.mirostat.enabled = text == "2";
  return {};
}

/// "17=-5", "17=-inf": adds one bias.
Status add_logit_bias(SamplingParams& params, std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    return fail_hint(ErrorCode::kInvalidArgument, "give TOKEN=BIAS: 17=-5, 17=-inf",
                     "{} has no =", quoted(text));
  }
  const TokenId id = TRY(parse_number<TokenId>(text.substr(0, equals)));
  params.logit_bias.emplace_back(id, TRY(parse_number<float>(text.substr(equals + 1))));
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
  constexpr const char *kFraction = "0 to 1", *kSomeFraction = "above 0 to 1", *kPositive = "0 or more";
  return {
      parameter<float>("temperature", "temp", kPositive, "randomness; 0 always takes the likeliest token",
                       [](P& p) -> float& { return p.temperature; }),
      parameter<int>("top_k", "", kPositive, "only the K likeliest tokens; 0: off",
                     [](P& p) -> int& { return p.top_k; }),
      parameter<float>("top_p", "", kSomeFraction,
                       "only the likeliest tokens that make up this probability; 1: off",
                       [](P& p) -> float& { return p.top_p; }),
      parameter<float>("min_p", "", kFraction,
                       "only tokens this many times as likely as the likeliest; 0: off",
                       [](P& p) -> float& { return p.min_p; }),
      {"seed", "", "N", "", "the same seed gives the same text", set_seed,
       [](const P& p) { return p.seed ? fmt::format("{}", *p.seed) : std::string("random"); }},
      parameter<float>("repetition_penalty", "repeat_penalty", "above 0",
                       "divides the logits of recent tokens; 1: off",
                       [](P& p) -> float& { return p.repetition_penalty; }),
      parameter<float>("presence_penalty", "", "", "subtracted for tokens that the completion has; 0: off",
                       [](P& p) -> float& { return p.presence_penalty; }),
      parameter<float>("frequency_penalty", "", "",
                       "subtracted for each time the completion has a token; 0: off",
                       [](P& p) -> float& { return p.frequency_penalty; }),
      parameter<int>("penalty_last_n", "repeat_last_n", "-1 or more",
                     "tokens the penalties look back at; -1: all",
                     [](P& p) -> int& { return p.penalty_last_n; }),
      parameter<float>("typical_p", "typical", kSomeFraction, "locally typical sampling; 1: off",
                       [](P& p) -> float& { return p.typical_p; }),
      parameter<float>("top_n_sigma", "", kPositive,
                       "only logits within N standard deviations of the best; 0: off",
                       [](P& p) -> float& { return p.top_n_sigma; }),
      parameter<float>("xtc_probability", "", kFraction, "chance to exclude the top choices; 0: off",
                       [](P& p) -> float& { return p.xtc_probability; }),
      parameter<float>("xtc_threshold", "", kFraction, "probability of a top choice; above 0.5: off",
                       [](P& p) -> float& { return p.xtc_threshold; }),
      parameter<float>("dry_multiplier", "", kPositive, "strength of the penalty on repeated runs; 0: off",
                       [](P& p) -> float& { return p.dry.multiplier; }),
      parameter<float>("dry_base", "", "1 or more", "its growth for each token of the run",
                       [](P& p) -> float& { return p.dry.base; }),
      parameter<int>("dry_allowed_length", "", "1 or more", "runs up to this long are free",
                     [](P& p) -> int& { return p.dry.allowed_length; }),
      parameter<int>("dry_penalty_last_n", "", "-1 or more", "tokens it looks back at; -1: all",
                     [](P& p) -> int& { return p.dry.last_n; }),
      parameter<float>("dynatemp_range", "", kPositive, "temperature moves this far by entropy; 0: off",
                       [](P& p) -> float& { return p.dynamic_temperature_range; }),
      parameter<float>("dynatemp_exponent", "dynatemp_exp", kPositive, "shape of that movement",
                       [](P& p) -> float& { return p.dynamic_temperature_exponent; }),
      {"mirostat", "", "N", "0 or 2", "2 steers the surprise of the text; 0: off", set_mirostat,
       [](const P& p) { return std::string(p.mirostat.enabled ? "2" : "0"); }},
      parameter<float>("mirostat_tau", "mirostat_ent", kPositive, "surprise to steer to, in bits",
                       [](P& p) -> float& { return p.mirostat.tau; }),
      parameter<float>("mirostat_eta", "mirostat_lr", kFraction, "how fast it steers",
                       [](P& p) -> float& { return p.mirostat.eta; }),
      {"logit_bias", "", "TOKEN=BIAS", "", "added to a token's logit; -inf forbids the token", add_logit_bias,
       bias_text},
      {"samplers", "", "STEPS", "", "the steps in order, by comma; those left out are off", set_samplers,
       samplers_text},
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
      Status status = parameter.set(params, value);
      if (!status) status.error().message = fmt::format("{}: {}", name, status.error().message);
      return status;
    }
    known.append(known.empty() ? "" : ", ").append(parameter.name);
  }
  return fail_hint(ErrorCode::kInvalidArgument, "known are " + known, "there is no parameter '{}'", name);
}

void SamplingOptions::add_to(Arguments& arguments) {
  for (const SamplingParameter& parameter : sampling_parameters()) {
    std::string names = as_flag(parameter.name);
    if (!parameter.alias.empty()) names += "," + as_flag(parameter.alias);
    const auto set = [this, &parameter](std::string_view value) -> Status {
      SamplingParams alone;
      TRY(parameter.set(alone, value));
      TRY(validate(alone, kMostTokens));
      given_.emplace_back(&parameter, value);
      return {};
    };
    const auto show = [this, &parameter] { return parameter.get(apply({}).value()); };
    arguments
        .add(names, {.type = std::string(parameter.type),
                     .allowed = std::string(parameter.allowed),
                     .help = std::string(parameter.help),
                     .repeatable = parameter.name == "logit_bias",
                     .set = set,
                     .show = show})
        .unless_given("")
        .group("Sampling (what is not given is as the model's file recommends)");
  }
}

Result<SamplingParams> SamplingOptions::apply(SamplingParams defaults) const {
  for (const auto& [parameter, value] : given_) TRY(parameter->set(defaults, value));
  return defaults;
}

std::optional<nlohmann::ordered_json> SamplingOptions::as_request() const {
  auto json = nlohmann::ordered_json::object();
  for (const auto& [parameter, value] : given_) {
    if (parameter->name == "logit_bias") return std::nullopt;  // the ranges of requests are narrower
    if (parameter->name == "samplers") {
      auto steps = nlohmann::ordered_json::array();
      for (const SamplerStep step : SamplingParams(apply({}).value_or(SamplingParams{})).order) {
        steps.push_back(to_string(step));
      }
      json["samplers"] = std::move(steps);
      continue;
    }
    const auto number = nlohmann::ordered_json::parse(value, nullptr, false);
    if (!number.is_number()) return std::nullopt;
    // Servers know this one by its older name.
    json[parameter->name == "penalty_last_n" ? "repeat_last_n" : std::string(parameter->name)] = number;
  }
  return json;
}

}  // namespace hearth::cli
