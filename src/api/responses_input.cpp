#include "api/responses_input.h"

#include "api/chat_messages.h"
#include "api/content.h"
#include "api/parameter_reader.h"

namespace hearth {
namespace {

/// A past call, in the form of a message of chat completions.
Result<Json> read_function_call(ParameterReader& item) {
  Json function = Json::object();
  for (const std::string_view name : {"name", "arguments"}) {
    const auto text = TRY(item.text(name));
    if (!text) return fail(ErrorCode::kInvalidArgument, "{}: is missing", item.path_of(name));
    function[std::string(name)] = *text;
  }
  const auto id = TRY(item.text("call_id"));
  if (!id) return fail(ErrorCode::kInvalidArgument, "{}: is missing", item.path_of("call_id"));
  Json call = {{"id", *id}, {"type", "function"}, {"function", std::move(function)}};
  return Json{{"role", "assistant"}, {"content", nullptr}, {"tool_calls", Json::array({std::move(call)})}};
}

Result<Json> read_function_output(ParameterReader& item) {
  const auto id = TRY(item.text("call_id"));
  if (!id) return fail(ErrorCode::kInvalidArgument, "{}: is missing", item.path_of("call_id"));
  const Json& output = *TRY(item.require("output"));
  return Json{{"role", "tool"},
              {"tool_call_id", *id},
              {"content", TRY(read_content(output, item.path_of("output")))}};
}

Result<Json> read_message(ParameterReader& item) {
  Json message = Json::object();
  const auto role = TRY(item.text("role"));
  if (!role) return fail(ErrorCode::kInvalidArgument, "{}: is missing", item.path_of("role"));
  message["role"] = *role;
  message["content"] = *TRY(item.require("content"));
  return message;
}

/// Null for an item that says nothing to the model.
Result<Json> read_item(const Json& value, const std::string& path) {
  auto item = TRY(ParameterReader::of(value, path));
  const auto type = TRY(item.text("type", 64)).value_or("message");
  for (const std::string_view name : {"id", "status", "phase"}) item.find(name);
  Json message;
  if (type == "message") {
    message = TRY(read_message(item));
  } else if (type == "function_call") {
    message = TRY(read_function_call(item));
  } else if (type == "function_call_output") {
    message = TRY(read_function_output(item));
  } else if (type == "reasoning") {
    for (const std::string_view name : {"summary", "content", "encrypted_content"}) item.find(name);
  } else {
    return fail_hint(ErrorCode::kUnsupported, "send messages, function calls and their outputs",
                     "{}.type: is not supported", path);
  }
  TRY(item.finish(false));
  return message;
}

}  // namespace

Result<Json> read_responses_input(const Json& input) {
  if (input.is_string()) return Json::array({{{"role", "user"}, {"content", input}}});
  if (!input.is_array() || input.empty() || input.size() > kMaxMessages) {
    return fail(ErrorCode::kInvalidArgument, "input: must be a string or an array of 1 to {} items",
                kMaxMessages);
  }
  Json messages = Json::array();
  for (size_t i = 0; i < input.size(); ++i) {
    Json message = TRY(read_item(input[i], fmt::format("input[{}]", i)));
    if (!message.is_null()) messages.push_back(std::move(message));
  }
  return read_chat_messages(messages, "input");
}

}  // namespace hearth
