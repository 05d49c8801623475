#pragma once

#include <string>
#include <vector>

#include "api/call/api_call.h"
#include "api/call/json.h"

namespace hearth::api {

/// Converts Ollama's messages to the form of `text/template/message_form.h`. Calls of tools get ids where
/// they have none, and results those of the calls that they answer: by name, else in order. Members that are
/// not known are left aside with a note. Errors: kInvalidArgument and kUnsupported naming the member.
Result<Json> read_ollama_messages(const Json& messages, std::vector<std::string>& notes);

/// Images of a message or a prompt, which no model here reads. Error: kUnsupported where there are any.
Status check_no_images(const Json* images, const std::string& path);

}  // namespace hearth::api
