#pragma once

#include "api/call/choices.h"
#include "api/call/json.h"

namespace hearth::api {

/// The parts of a response of /v1/responses that are known before it runs.
struct ResponseFrame {
  std::string id, message_id;
  Json echoed = Json::object();  ///< parameters that the body repeats, in its order
  int64_t created = 0;
};

/// {"type": "output_text", ...}.
Json output_text_json(std::string_view text, Json logprobs);
/// A message of the output, with `content` or none yet.
Json output_message_json(std::string_view id, std::string_view status, Json content);

/// A body before its end: status "queued" or "in_progress".
Json pending_response_json(const ResponseFrame& frame, std::string_view status);
/// Whether it is such a body.
bool is_pending(const Json& body);
/// The status of an item that is the last where its response has ended.
std::string_view last_item_status(const GenerateResult& result);
/// A body at its end, with the items of its output.
Json ended_response_json(const ResponseFrame& frame, const GenerateResult& result, Json output);

}  // namespace hearth::api
