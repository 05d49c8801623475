#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/call/exchange.h"
#include "api/call/json.h"

namespace hearth::api {

/// A tool that a completion calls.
struct ToolCall {
  std::string id, name;
  std::string arguments;  ///< JSON, as far as it has come
};

/// What one choice of an exchange has generated so far.
struct Choice {
  std::vector<OutputPart> parts;  ///< neighbours of one kind are one
  std::vector<ToolCall> tool_calls;
  std::vector<SampledToken> tokens;
  std::vector<SampledToken> prompt_logprobs;
  std::optional<GenerateResult> result;

  std::string text() const { return text_of(parts); }
  std::string reasoning() const { return text_of(parts, PartKind::kReasoning); }
};

/// The choices of an exchange as their events come in. Used by one thread at a time.
class Choices {
 public:
  /// `call_prefix`: with what the dialect's ids of tool calls begin.
  explicit Choices(size_t num_choices, std::string_view call_prefix = "call_")
      : choices_(num_choices), call_prefix_(call_prefix) {}

  void accept(const ChoiceEvent& event);
  size_t num_choices() const { return choices_.size(); }
  const Choice& choice(size_t index) const { return choices_[index]; }
  /// Whether every choice has had its last event.
  bool done() const { return num_done_ == choices_.size(); }
  /// The error of the first choice that failed or was cancelled.
  std::optional<Error> error() const;
  /// The same where no choice has a completion; nothing where some have one, or are not done.
  std::optional<Error> error_of_all() const;
  /// What else is to be said of a completion that has ended: added to its result's warnings.
  using Check = std::function<std::vector<std::string>(const Choice&)>;
  void check_with(Check check) { check_ = std::move(check); }

 private:
  std::vector<Choice> choices_;
  std::string call_prefix_;
  Check check_;
  size_t num_done_ = 0;
};

/// The error of a request that ended without a completion; none where it has one.
std::optional<Error> error_of(const GenerateResult& result);

/// The tokens of a choice, or of its last event, without the one that ended the turn, which no response
/// contains. Those that spell a stop string are among them: they were sampled as text.
std::span<const SampledToken> spoken_tokens(std::span<const SampledToken> tokens,
                                            const std::optional<GenerateResult>& result);

/// "stop" or "length": OpenAI's words.
std::string_view finish_reason(const GenerateResult& result);

/// Whether it ended so that the tools it calls may be called.
bool calls_tools(const Choice& choice);

/// Whether the model ended its turn with nothing but thoughts: then nothing was answered, and the completion
/// counts as cut off.
bool ends_in_thought(const Choice& choice);

/// Adds to a response's `warnings` what was wrong with what the model wrote.
void add_completion_warnings(const GenerateResult& result, Json& response);

/// OpenAI's message of the assistant, as a chat's history has it: {"role", "content"}, and where there are
/// any "reasoning_content" (and the same as "reasoning") and "tool_calls".
Json assistant_message_json(const Choice& choice);

/// The usage of an exchange with `per_prompt` choices for each prompt: a prompt and its cached tokens count
/// once.
Usage total_usage(const Choices& choices, size_t per_prompt);

/// {"prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details": {"cached_tokens"},
/// "completion_tokens_details": {"reasoning_tokens"}}
Json openai_usage(const Usage& usage);

/// llama.cpp's "timings", the time in the queue, and the tokens that were set without a draw.
Json timings_json(const GenerateResult& result);

}  // namespace hearth::api
