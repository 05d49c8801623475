#include "engine/sample/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/check.h"
#include "engine/sample/logit_math.h"
#include "engine/sample/philox.h"
#include "engine/sample/sampler_steps.h"

namespace hearth {
namespace {

constexpr float kGreedyBelow = 1e-6f;

/// Whether the most likely token is the one that is drawn, whatever came before.
bool takes_the_best(const SamplingParams& params) {
  const bool penalties =
      params.penalty_last_n != 0 && (params.repetition_penalty != 1.0f || params.presence_penalty != 0.0f ||
                                     params.frequency_penalty != 0.0f);
  return params.temperature < kGreedyBelow && !penalties && params.dry.multiplier == 0.0f &&
         params.logit_bias.empty();
}

std::unexpected<Error> nothing_to_draw(size_t position, const TokenMask* mask) {
  if (mask != nullptr) {
    const size_t count = mask->count();
    return fail_hint(
        ErrorCode::kInvalidArgument, "check what constrains the completion, and what else forbids tokens",
        "no token can be drawn at position {}: the constraint allows {}", position,
        count == 0 ? std::string("none") : fmt::format("{}, all of which are forbidden otherwise", count));
  }
  return fail_hint(ErrorCode::kNotFinite, "check the model file and what forbids tokens (bias, grammar)",
                   "no token can be drawn at position {}: every logit is -inf", position);
}

}  // namespace

Sampler::Sampler(SamplingParams params, TokenBytes token_bytes, std::span<const TokenId> unnamed)
    : params_(std::move(params)),
      token_bytes_(std::move(token_bytes)),
      unnamed_(unnamed),
      surprise_bound_(2.0 * double(params_.mirostat.tau)) {
  CHECK(params_.seed.has_value());
}

bool Sampler::may_draw(TokenId id) const {
  const auto forbids = [id](const std::pair<TokenId, float>& one) {
    return one.first == id && one.second == -std::numeric_limits<float>::infinity();
  };
  return std::ranges::find(unnamed_, id) == unnamed_.end() &&
         std::ranges::none_of(params_.logit_bias, forbids);
}

/// The most likely token, without a look at the others.
SampledToken Sampler::take_best(std::span<const float> logits, const LogitScan& scan) {
  SampledToken token{.id = TokenId(find_logit(logits, scan.max))};
  if (params_.num_logprobs >= 0) {
    report_logprobs(raw_, unnamed_, params_.num_logprobs, candidates_, token);
  }
  return token;
}

Result<SampledToken> Sampler::sample(std::span<float> logits, const TokenHistory& history,
                                     const TokenMask* mask) {
  const size_t position = history.tokens.size();
  if (params_.num_logprobs >= 0) raw_.assign(logits.begin(), logits.end());
  forbid(unnamed_, logits);
  LogitScan scan = scan_logits(logits);
  if (!scan.in_range) {
    TRY(check_logits(logits, std::max<size_t>(position, 1) - 1));
    clamp_logits(logits);
    scan = scan_logits(logits);
  }
  if (mask != nullptr) {
    mask->apply(logits);
    scan = scan_logits(logits);
  }
  if (scan.max == -std::numeric_limits<float>::infinity()) return nothing_to_draw(position, mask);
  if (takes_the_best(params_)) return take_best(logits, scan);
  candidates_.reset(logits, scan);
  std::vector<Candidates::Item> biased;
  for (const auto& [id, bias] : params_.logit_bias) biased.push_back({candidates_.logit(id) + bias, id});
  candidates_.replace(biased);
  if (candidates_.empty()) return nothing_to_draw(position, mask);

  SampledToken token;
  if (params_.temperature < kGreedyBelow) {
    run_step(SamplerStep::kPenalties, history);
    run_step(SamplerStep::kDry, history);
    token.id = candidates_.best(1)[0].id;
  } else {
    if (params_.mirostat.enabled) {
      run_mirostat(history);
    } else {
      run_chain(history);
    }
    const Candidates::Item drawn = draw(uniform(*params_.seed, position, RandomStream::kToken));
    token.id = drawn.id;
    if (params_.mirostat.enabled) {
      const double surprise = -std::log2(candidates_.weight(drawn) / candidates_.total_weight());
      surprise_bound_ -= double(params_.mirostat.eta) * (surprise - double(params_.mirostat.tau));
    }
  }
  if (params_.num_logprobs >= 0) {
    report_logprobs(raw_, unnamed_, params_.num_logprobs, candidates_, token);
  }
  return token;
}

void Sampler::run_step(SamplerStep step, const TokenHistory& history) {
  switch (step) {
    case SamplerStep::kPenalties:
      return apply_penalties(candidates_, params_, history);
    case SamplerStep::kDry:
      return apply_dry(candidates_, params_.dry, history, token_bytes_);
    case SamplerStep::kTopNSigma:
      return apply_top_n_sigma(candidates_, params_.top_n_sigma);
    case SamplerStep::kTopK:
      if (params_.top_k > 0) candidates_.keep_best(size_t(params_.top_k));
      return;
    case SamplerStep::kTypical:
      return apply_typical(candidates_, params_.typical_p);
    case SamplerStep::kTopP:
      return apply_top_p(candidates_, params_.top_p);
    case SamplerStep::kMinP:
      return apply_min_p(candidates_, params_.min_p);
    case SamplerStep::kXtc:
      return apply_xtc(candidates_, params_.xtc_probability, params_.xtc_threshold,
                       uniform(*params_.seed, history.tokens.size(), RandomStream::kXtc));
    case SamplerStep::kTemperature:
      return apply_temperature(candidates_, params_);
  }
}

void Sampler::run_chain(const TokenHistory& history) {
  for (SamplerStep step : params_.order) run_step(step, history);
}

void Sampler::run_mirostat(const TokenHistory& history) {
  for (SamplerStep step : {SamplerStep::kPenalties, SamplerStep::kDry, SamplerStep::kTemperature}) {
    run_step(step, history);
  }
  apply_surprise_bound(candidates_, surprise_bound_);
}

/// The first candidate with which the sum of the weights passes `chance` of all: the inverse of their
/// distribution function.
Candidates::Item Sampler::draw(double chance) {
  const double border = chance * candidates_.total_weight();
  return candidates_.reach(std::nextafter(border, std::numeric_limits<double>::infinity()));
}

}  // namespace hearth
