#include "api/openai/response_body.h"

#include <chrono>

#include "api/call/api_error.h"

namespace hearth::api {
namespace {

Json usage_json(const Usage& usage) {
  return {{"input_tokens", usage.num_prompt_tokens},
          // Nobody is asked to pay for what is kept: nothing is written by request.
          {"input_tokens_details", {{"cached_tokens", usage.num_cached_tokens}, {"cache_write_tokens", 0}}},
          {"output_tokens", usage.num_generated_tokens},
          {"output_tokens_details", {{"reasoning_tokens", usage.num_reasoning_tokens}}},
          {"total_tokens", usage.num_prompt_tokens + usage.num_generated_tokens}};
}

std::string_view status_of(const GenerateResult& result) {
  switch (result.reason) {
    case FinishReason::kStop:
      return "completed";
    case FinishReason::kLength:
      return "incomplete";
    case FinishReason::kCancelled:
      return "cancelled";
    case FinishReason::kError:
      return "failed";
  }
  return "failed";
}

/// The second in which it ended, counted from when it was asked for.
int64_t ended_at(const ResponseFrame& frame, const GenerateResult& result) {
  const Timings& timings = result.timings;
  return frame.created +
         std::chrono::floor<std::chrono::seconds>(timings.queued + timings.prompt + timings.generate).count();
}

Json error_json(const GenerateResult& result) {
  if (result.reason != FinishReason::kError) return nullptr;
  return {{"code", "server_error"}, {"message", whole_message(*error_of(result))}};
}

/// What differs between a body before its end and the one at it.
struct Ending {
  Json completed_at, error, incomplete, output = Json::array(), usage;
};

Json body_json(const ResponseFrame& frame, std::string_view status, Ending ending) {
  Json body = {{"id", frame.id},
               {"object", "response"},
               {"created_at", frame.created},
               {"completed_at", std::move(ending.completed_at)},
               {"status", status},
               {"error", std::move(ending.error)},
               {"incomplete_details", std::move(ending.incomplete)},
               {"output", std::move(ending.output)},
               {"usage", std::move(ending.usage)}};
  body.update(frame.echoed);
  return body;
}

}  // namespace

Json output_text_json(std::string_view text, Json logprobs) {
  return {{"type", "output_text"},
          {"text", text},
          {"annotations", Json::array()},
          {"logprobs", std::move(logprobs)}};
}

Json output_message_json(std::string_view id, std::string_view status, Json content) {
  return {{"id", id},
          {"type", "message"},
          {"status", status},
          {"role", "assistant"},
          {"content", std::move(content)}};
}

Json pending_response_json(const ResponseFrame& frame, std::string_view status) {
  return body_json(frame, status, {});
}

bool is_pending(const Json& body) { return body["status"] == "queued" || body["status"] == "in_progress"; }

std::string_view last_item_status(const GenerateResult& result) {
  return status_of(result) == "completed" ? "completed" : "incomplete";
}

Json ended_response_json(const ResponseFrame& frame, const GenerateResult& result, Json output) {
  const std::string_view status = status_of(result);
  Ending ending;
  if (status == "completed") ending.completed_at = ended_at(frame, result);
  if (result.reason == FinishReason::kLength) ending.incomplete = {{"reason", "max_output_tokens"}};
  if (result.reason != FinishReason::kError) ending.output = std::move(output);
  ending.error = error_json(result);
  ending.usage = usage_json(result.usage);
  return body_json(frame, status, std::move(ending));
}

}  // namespace hearth::api
