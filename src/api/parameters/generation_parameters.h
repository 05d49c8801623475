#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/call/api_call.h"
#include "api/parameters/form_parameters.h"
#include "api/parameters/parameters.h"
#include "engine/schedule/request.h"

namespace hearth::api {

/// What a request may ask for at most.
inline constexpr int64_t kMaxChoices = 128;
inline constexpr size_t kMaxStops = 16;
inline constexpr size_t kMaxStopLength = 1024;  ///< characters
inline constexpr size_t kMaxStopTokens = 1024;
inline constexpr size_t kMaxAllowedTokens = size_t(1) << 16;
inline constexpr size_t kMaxBiases = 1024;
inline constexpr int64_t kMaxTopLogprobs = 100;
inline constexpr int64_t kMaxTokenCount = int64_t(1) << 30;

/// What every dialect that generates text has in common, read from one request.
struct GenerationParameters {
  SamplingParams sampling;
  std::optional<size_t> max_tokens;
  size_t min_tokens = 0;
  std::vector<std::string> stop;
  std::vector<TokenId> stop_token_ids;
  std::shared_ptr<const TokenMask> allowed_tokens;  ///< null: all
  bool ignore_eos = false;
  bool render_special = false;
  OutputForm form;
  int priority = 0;
  std::string tenant, cache_salt;
  size_t num_choices = 1;
  size_t context = 0;  ///< most tokens of prompt and completion
  bool stream = false;
  bool include_usage = false;
  bool timings = false;
  std::vector<std::string> notes;  ///< what changes nothing although it was asked for

  void add_notes(std::vector<std::string> more);
};

/// What every dialect that generates text has, by the names of OpenAI, llama.cpp and vLLM; what a request
/// leaves out comes from the model.
ParameterList common_parameters();
/// Errors: kInvalidArgument naming the parameter.
Result<GenerationParameters> read_common_generation(Parameters& parameters, const ApiCall& call);
/// The same with other defaults than the model's.
Result<GenerationParameters> read_common_generation(Parameters& parameters, const ApiCall& call,
                                                    SamplingParams defaults);

/// The same and those that OpenAI's own dialects add (`max_tokens`, `stop`, `n`, `stream`), which others
/// spell otherwise.
ParameterList openai_parameters();
Result<GenerationParameters> read_generation(Parameters& parameters, const ApiCall& call);

/// The request for one choice. Choices of one prompt differ in their seeds.
GenerateRequest make_request(const GenerationParameters& parameters, Prompt prompt, size_t choice);

/// Whether a prompt fits, and leaves room for a token of the completion where one is wanted. Errors:
/// kContextOverflow with both numbers, kInvalidArgument for no tokens.
Status check_prompt(const Prompt& prompt, const GenerationParameters& parameters);

/// One stop string or an array of them, under any name.
inline constexpr Schema kStop = Schema::text(1, kMaxStopLength);
inline constexpr Schema kStopForms[] = {kStop, Schema::array(kStop, 0, kMaxStops)};
inline constexpr Schema kStops = Schema::either(kStopForms);
std::vector<std::string> read_stops(Parameters& parameters, std::string_view name);

}  // namespace hearth::api
