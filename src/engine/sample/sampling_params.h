#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// One stage of sampling. The names are llama.cpp's.
enum class SamplerStep : uint8_t {
  kPenalties,    ///< "penalties": repetition, presence, frequency
  kDry,          ///< "dry"
  kTopNSigma,    ///< "top_n_sigma"
  kTopK,         ///< "top_k"
  kTypical,      ///< "typ_p"
  kTopP,         ///< "top_p"
  kMinP,         ///< "min_p"
  kXtc,          ///< "xtc"
  kTemperature,  ///< "temperature", dynamic or not
};

/// The names of the steps, in the order of the enum.
inline constexpr std::string_view kSamplerStepNames[] = {
    "penalties", "dry", "top_n_sigma", "top_k", "typ_p", "top_p", "min_p", "xtc", "temperature"};
static_assert(std::size(kSamplerStepNames) == size_t(SamplerStep::kTemperature) + 1);

std::string_view to_string(SamplerStep step);
/// Errors: kInvalidArgument naming the step and the known ones.
Result<SamplerStep> parse_sampler_step(std::string_view name);

/// "Don't repeat yourself" (p-e-w, text-generation-webui 2024): a token that would extend a repeated run of n
/// tokens loses multiplier * base^(n - allowed_length).
struct DryParams {
  float multiplier = 0.0f;  ///< 0: off
  float base = 1.75f;
  int allowed_length = 2;
  int last_n = -1;                                                      ///< tokens looked at; -1: all
  std::vector<std::string> sequence_breakers = {"\n", ":", "\"", "*"};  ///< a run never reaches across these

  static constexpr size_t kMaxBreakers = 64;
  static constexpr size_t kMaxBreakerLength = 256;  ///< characters
};

/// Mirostat 2 (Basu et al. 2021): cuts the tokens whose surprise is above a bound that is steered so that
/// the mean surprise becomes tau bits. Replaces every truncation step.
struct MirostatParams {
  bool enabled = false;
  float tau = 5.0f;
  float eta = 0.1f;
};

/// How the next token is drawn from a model's logits. A value that switches its step off is given at each.
struct SamplingParams {
  float temperature = 0.7f;                   ///< 0: greedy, the most likely token, the lowest id of equals
  float dynamic_temperature_range = 0.0f;     ///< temperature moves in +- this by entropy; 0: off
  float dynamic_temperature_exponent = 1.0f;  ///< shape of that movement

  int top_k = 0;                 ///< 0: off
  float top_p = 0.95f;           ///< 1: off
  float min_p = 0.05f;           ///< 0: off
  float typical_p = 1.0f;        ///< 1: off
  float top_n_sigma = 0.0f;      ///< 0: off
  float xtc_probability = 0.0f;  ///< 0: off
  float xtc_threshold = 0.1f;    ///< above 0.5: off

  float repetition_penalty = 1.0f;  ///< of tokens in prompt and completion; 1: off
  float presence_penalty = 0.0f;    ///< of tokens in the completion; 0: off
  float frequency_penalty = 0.0f;   ///< of tokens in the completion, for each time; 0: off
  int penalty_last_n = 64;          ///< tokens that the penalties look at; 0: none, -1: all
  DryParams dry;
  MirostatParams mirostat;

  std::vector<std::pair<TokenId, float>> logit_bias;  ///< added first; minus infinity forbids a token
  std::vector<SamplerStep> order = default_order();   ///< steps left out are off

  std::optional<uint64_t> seed;  ///< none: the engine draws one and reports it
  int num_logprobs = -1;         ///< highest log-probabilities wanted beside the token's own; -1: none at all

  static constexpr int kMaxLogprobs = 1000;
  static std::vector<SamplerStep> default_order();
};

/// Checks every value. Errors: kInvalidArgument naming the parameter, its value and what is accepted.
Status validate(const SamplingParams& params, size_t vocab_size);

}  // namespace hearth
