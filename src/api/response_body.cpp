#include "api/response_body.h"

#include "api/error_body.h"

namespace hearth {
namespace {

Json usage_json(const Usage& usage) {
  return {{"input_tokens", usage.num_prompt_tokens},
          {"input_tokens_details", {{"cached_tokens", usage.num_cached_tokens}}},
          {"output_tokens", usage.num_generated_tokens},
          {"output_tokens_details", {{"reasoning_tokens", 0}}},
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

Json error_json(const GenerateResult& result) {
  if (result.reason != FinishReason::kError) return nullptr;
  const Json error = openai_error(*error_of(result))["error"];
  return {{"code", "server_error"}, {"message", error["message"]}};
}

Json body_json(const ResponseFrame& frame, std::string_view status, Json error, Json incomplete, Json output,
               Json usage) {
  Json body = {{"id", frame.id},
               {"object", "response"},
               {"created_at", frame.created},
               {"status", status},
               {"error", std::move(error)},
               {"incomplete_details", std::move(incomplete)},
               {"output", std::move(output)},
               {"usage", std::move(usage)}};
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

Json output_message_json(const ResponseFrame& frame, std::string_view status, Json content) {
  return {{"id", frame.message_id},
          {"type", "message"},
          {"status", status},
          {"role", "assistant"},
          {"content", std::move(content)}};
}

Json pending_response_json(const ResponseFrame& frame, std::string_view status) {
  return body_json(frame, status, nullptr, nullptr, Json::array(), nullptr);
}

bool is_pending(const Json& body) { return body["status"] == "queued" || body["status"] == "in_progress"; }

Json ended_response_json(const ResponseFrame& frame, const ChoiceAnswer& choice, Json logprobs) {
  const GenerateResult& result = *choice.result;
  const std::string_view status = status_of(result);
  Json incomplete;
  if (result.reason == FinishReason::kLength) incomplete = {{"reason", "max_output_tokens"}};
  Json output = Json::array();
  if (result.reason != FinishReason::kError) {
    output.push_back(output_message_json(frame, status == "completed" ? "completed" : "incomplete",
                                         Json::array({output_text_json(choice.text, std::move(logprobs))})));
  }
  return body_json(frame, status, error_json(result), std::move(incomplete), std::move(output),
                   usage_json(result.usage));
}

}  // namespace hearth
