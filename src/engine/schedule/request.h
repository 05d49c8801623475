#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sample/logits_processor.h"
#include "engine/sample/sampler.h"
#include "engine/sample/sampling_params.h"
#include "engine/sample/token_constraint.h"
#include "engine/schedule/output_parser.h"
#include "engine/schedule/pooled_vector.h"
#include "engine/schedule/prompt.h"

namespace hearth {

using RequestId = uint64_t;

/// Reads a clock that never goes back; passed in, so that tests can stop it.
using Clock = std::function<std::chrono::nanoseconds()>;

enum class FinishReason : uint8_t {
  kStop,       ///< the model ended its turn, or a stop string came
  kLength,     ///< max_tokens, or the end of the context
  kCancelled,  ///< the caller asked
  kError,      ///< see GenerateResult::error
};

/// "stop", "length", "cancelled", "error".
std::string_view to_string(FinishReason reason);

struct Usage {
  size_t num_prompt_tokens = 0;
  size_t num_cached_tokens = 0;     ///< of the prompt, found in the cache
  size_t num_generated_tokens = 0;  ///< the one that ended the turn counts
  size_t num_forced_tokens = 0;     ///< of those, set by constraints without a draw
  size_t num_reasoning_tokens = 0;  ///< of those, as the request's parser says
};

struct Timings {
  std::chrono::nanoseconds queued{};    ///< from submit to the first step
  std::chrono::nanoseconds prompt{};    ///< from there to the first token
  std::chrono::nanoseconds generate{};  ///< from there to the last token

  /// Tokens a second; 0 where nothing was timed.
  double prompt_rate(const Usage& usage) const;
  double generate_rate(const Usage& usage) const;
};

/// How a request ended.
struct GenerateResult {
  FinishReason reason = FinishReason::kStop;
  std::optional<Error> error = {};  ///< kError only
  std::string stop = {};            ///< the stop string that was found; empty: none
  Usage usage = {};
  Timings timings = {};
  uint64_t seed = 0;                       ///< what makes the same text again
  std::vector<float> embedding = {};       ///< kEmbed only
  std::vector<float> scores = {};          ///< [labels] kScore only; before any sigmoid or softmax
  std::vector<std::string> warnings = {};  ///< of the request's parser
};

/// Something that happened to a request. Views are valid during the call.
struct GenerateEvent {
  RequestId id = 0;
  std::span<const OutputPart> parts = {};     ///< what is certain now; often nothing
  std::span<const SampledToken> tokens = {};  ///< drawn since the last event
  /// One entry for each token of the prompt where GenerateRequest::prompt_logprobs asked, in the first event
  /// after the prompt was computed; the first one's logprob is 0.
  std::span<const SampledToken> prompt_logprobs = {};
  const GenerateResult* result = nullptr;  ///< set in the last event
};

/// Called by the thread that steps the engine; must return soon.
using EventSink = std::function<void(const GenerateEvent& event)>;

/// What a request wants of the model.
enum class Task : uint8_t {
  kGenerate,  ///< a completion
  kEmbed,     ///< the pooled last hidden states of the prompt
  kScore,     ///< what the model's head says of the prompt
};

/// A prompt to complete.
struct GenerateRequest {
  Task task = Task::kGenerate;
  VectorOptions vector;  ///< kEmbed only
  Prompt prompt;
  std::vector<int32_t> token_types;  ///< of encoders: the segment of each token; empty: all 0
  SamplingParams sampling;
  std::optional<size_t> max_tokens;  ///< none: as far as the context goes; 0: the prompt is computed alone
  size_t min_tokens = 0;             ///< nothing ends the completion before these
  int prompt_logprobs = -1;       ///< highest log-probabilities wanted at each prompt token; -1: none at all
  int priority = 0;               ///< lower goes first
  std::string tenant;             ///< tenants share the machine evenly
  std::vector<std::string> stop;  ///< the text ends before the first of these
  std::vector<TokenId> stop_token_ids;  ///< beside those that end the model's turn
  bool ignore_eos = false;              ///< tokens that end the turn are drawn like others
  bool render_special = false;          ///< control tokens are spelt out in the text
  std::vector<TokenId> spelt_tokens;    ///< sorted: control tokens that are spelt out all the same
  std::string cache_salt;               ///< computed prefixes are shared among requests with the same
  std::string adapter;                  ///< of the model's weights, by its name; empty: none
  std::vector<std::unique_ptr<LogitsProcessor>> logits_processors;
  std::vector<std::unique_ptr<TokenConstraint>> constraints;  ///< a token must be allowed by all of them
  bool jump_forward = true;  ///< what the constraints force is set without a draw, where nothing wants one
  std::unique_ptr<OutputParser> output_parser;  ///< null: everything is content
  EventSink on_event;
};

}  // namespace hearth
