#include "api/call/choices.h"

#include <algorithm>
#include <chrono>

#include "api/call/api_call.h"

namespace hearth::api {
namespace {

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

void Choices::accept(const ChoiceEvent& event) {
  if (event.choice >= choices_.size()) return;
  Choice& choice = choices_[event.choice];
  if (choice.result) return;
  for (const OutputPart& part : event.parts) {
    append_part(choice.parts, part);
    if (part.kind == PartKind::kToolName) {
      choice.tool_calls.push_back({.id = random_id(call_prefix_), .name = part.text, .arguments = {}});
    } else if (part.kind == PartKind::kToolArguments && !choice.tool_calls.empty()) {
      choice.tool_calls.back().arguments += part.text;
    }
  }
  choice.tokens.insert(choice.tokens.end(), event.tokens.begin(), event.tokens.end());
  if (!event.prompt_logprobs.empty()) choice.prompt_logprobs = event.prompt_logprobs;
  if (!event.result) return;
  choice.result = event.result;
  ++num_done_;
  if (!check_) return;
  for (std::string& warning : check_(choice)) choice.result->warnings.push_back(std::move(warning));
}

std::optional<Error> Choices::error() const {
  for (const Choice& choice : choices_) {
    if (!choice.result) continue;
    if (auto error = error_of(*choice.result)) return error;
  }
  return std::nullopt;
}

std::optional<Error> Choices::error_of_all() const {
  const auto has_failed = [](const Choice& choice) { return choice.result && error_of(*choice.result); };
  return std::ranges::all_of(choices_, has_failed) ? error() : std::nullopt;
}

std::optional<Error> error_of(const GenerateResult& result) {
  if (result.reason == FinishReason::kCancelled) {
    return Error{ErrorCode::kCancelled, "the request was cancelled", "send the request again"};
  }
  if (result.reason != FinishReason::kError) return std::nullopt;
  return result.error.value_or(Error{ErrorCode::kInternal, "the request failed", {}});
}

std::span<const SampledToken> spoken_tokens(std::span<const SampledToken> tokens,
                                            const std::optional<GenerateResult>& result) {
  const bool ended_turn =
      result && result->reason == FinishReason::kStop && result->stop.empty() && !tokens.empty();
  return ended_turn ? tokens.first(tokens.size() - 1) : tokens;
}

std::string_view finish_reason(const GenerateResult& result) {
  return result.reason == FinishReason::kLength ? "length" : "stop";
}

bool calls_tools(const Choice& choice) {
  // What is no object cannot be called with.
  const auto is_whole = [](const ToolCall& call) {
    const auto arguments = parse_json(call.arguments.empty() ? "{}" : call.arguments);
    return arguments && arguments->is_object();
  };
  return !choice.tool_calls.empty() && choice.result->reason == FinishReason::kStop &&
         choice.result->stop.empty() && std::ranges::all_of(choice.tool_calls, is_whole);
}

bool ends_in_thought(const Choice& choice) {
  const GenerateResult& result = *choice.result;
  if (result.reason != FinishReason::kStop || !result.stop.empty()) return false;
  // What is left out of a response shows by its tokens alone.
  const bool has_thought = !choice.parts.empty() || result.usage.num_reasoning_tokens > 0;
  return has_thought && std::ranges::all_of(choice.parts, [](const OutputPart& part) {
           return part.kind == PartKind::kReasoning;
         });
}

void add_completion_warnings(const GenerateResult& result, Json& response) {
  for (const std::string& warning : result.warnings) response["warnings"].push_back(warning);
}

Json assistant_message_json(const Choice& choice) {
  std::string text = choice.text();
  const bool calls_alone = text.empty() && !choice.tool_calls.empty();
  Json message = {{"role", "assistant"}, {"content", calls_alone ? Json(nullptr) : Json(std::move(text))}};
  if (std::string reasoning = choice.reasoning(); !reasoning.empty()) {
    message["reasoning"] = reasoning;
    message["reasoning_content"] = std::move(reasoning);
  }
  for (const ToolCall& call : choice.tool_calls) {
    message["tool_calls"].push_back({{"id", call.id},
                                     {"type", "function"},
                                     {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
  }
  return message;
}

Usage total_usage(const Choices& choices, size_t per_prompt) {
  Usage total;
  for (size_t i = 0; i < choices.num_choices(); ++i) {
    const auto& result = choices.choice(i).result;
    if (!result) continue;
    total.num_generated_tokens += result->usage.num_generated_tokens;
    total.num_reasoning_tokens += result->usage.num_reasoning_tokens;
    if (i % per_prompt != 0) continue;
    total.num_prompt_tokens += result->usage.num_prompt_tokens;
    total.num_cached_tokens += result->usage.num_cached_tokens;
  }
  return total;
}

Json openai_usage(const Usage& usage) {
  return {{"prompt_tokens", usage.num_prompt_tokens},
          {"completion_tokens", usage.num_generated_tokens},
          {"total_tokens", usage.num_prompt_tokens + usage.num_generated_tokens},
          {"prompt_tokens_details", {{"cached_tokens", usage.num_cached_tokens}}},
          {"completion_tokens_details", {{"reasoning_tokens", usage.num_reasoning_tokens}}}};
}

Json timings_json(const GenerateResult& result) {
  const Usage& usage = result.usage;
  const Timings& timings = result.timings;
  return {{"queued_ms", milliseconds(timings.queued)},
          {"cache_n", usage.num_cached_tokens},
          {"prompt_n", usage.num_prompt_tokens - usage.num_cached_tokens},
          {"prompt_ms", milliseconds(timings.prompt)},
          {"prompt_per_second", timings.prompt_rate(usage)},
          {"predicted_n", usage.num_generated_tokens},
          {"forced_n", usage.num_forced_tokens},
          {"predicted_ms", milliseconds(timings.generate)},
          {"predicted_per_second", timings.generate_rate(usage)}};
}

}  // namespace hearth::api
