#include "api/prompt/chat_messages.h"

#include <algorithm>

#include "api/call/api_call.h"
#include "api/parameters/parameter_reader.h"
#include "api/prompt/content.h"

namespace hearth::api {
namespace {

constexpr size_t kMaxTextSize = size_t(32) << 20;

Result<Json> read_function(const Json& value, const std::string& path) {
  auto reader = TRY(ParameterReader::of(value, path));
  const auto name = TRY(reader.text("name", kMaxNameSize));
  if (!name) return fail(ErrorCode::kInvalidArgument, "{}.name: is missing", path);
  Json function = {{"name", *name}, {"arguments", TRY(read_arguments(reader, "arguments"))}};
  TRY(reader.finish(false));
  return function;
}

Result<Json> read_tool_calls(const Json& calls, const std::string& path) {
  if (!calls.is_array() || calls.size() > kMaxToolCalls) {
    return fail(ErrorCode::kInvalidArgument, "{}: must be an array of at most {} calls", path, kMaxToolCalls);
  }
  Json read = Json::array();
  for (size_t i = 0; i < calls.size(); ++i) {
    auto reader = TRY(ParameterReader::of(calls[i], fmt::format("{}[{}]", path, i)));
    const auto id = TRY(reader.text("id", kMaxNameSize));
    if (TRY(reader.text("type", kMaxNameSize)).value_or("function") != "function") {
      return fail(ErrorCode::kInvalidArgument, "{}: must be \"function\"", reader.path_of("type"));
    }
    reader.find("index");
    const Json& function = *TRY(reader.require("function"));
    Json call = Json::object();
    if (id) call["id"] = *id;
    call["type"] = "function";
    call["function"] = TRY(read_function(function, reader.path_of("function")));
    TRY(reader.finish(false));
    read.push_back(std::move(call));
  }
  return read;
}

Status read_assistant(ParameterReader& reader, Json& message) {
  for (const std::string_view name : {"reasoning", "reasoning_content"}) {
    if (const auto text = TRY(reader.text(name, kMaxTextSize))) message["reasoning_content"] = *text;
  }
  if (const Json* calls = reader.find("tool_calls"); calls != nullptr && !calls->empty()) {
    message["tool_calls"] = TRY(read_tool_calls(*calls, reader.path_of("tool_calls")));
  } else if (const Json* call = reader.find("function_call")) {
    Json function = TRY(read_function(*call, reader.path_of("function_call")));
    message["tool_calls"] = Json::array({{{"type", "function"}, {"function", std::move(function)}}});
  }
  if (const auto refusal = TRY(reader.text("refusal", kMaxTextSize))) {
    if (message["content"].is_null()) message["content"] = *refusal;
  }
  // What clients send back from our responses; it has no effect.
  for (const std::string_view name :
       {"annotations", "provider_specific_fields", "logprobs", "reasoning_details"}) {
    reader.find(name);
  }
  return {};
}

}  // namespace

Result<std::string> read_arguments(ParameterReader& reader, std::string_view name) {
  const Json* value = reader.find(name);
  if (value == nullptr) return "{}";
  if (value->is_object()) return dump_json(*value);
  if (!value->is_string()) {
    return fail(ErrorCode::kInvalidArgument, "{}: must be a string or an object, not {}",
                reader.path_of(name), kind_of(*value));
  }
  const auto& text = value->get_ref<const std::string&>();
  return text.find_first_not_of(" \t\r\n") == text.npos ? "{}" : text;
}

Result<Json> read_chat_message(const Json& value, const std::string& path) {
  auto reader = TRY(ParameterReader::of(value, path));
  const auto role = TRY(reader.text("role", kMaxNameSize));
  if (!role) return fail(ErrorCode::kInvalidArgument, "{}.role: is missing", path);
  struct Role {
    std::string_view name, meaning;
  };
  static constexpr Role kRoles[] = {{"system", "system"}, {"developer", "system"},
                                    {"user", "user"},     {"assistant", "assistant"},
                                    {"tool", "tool"},     {"function", "tool"}};
  const auto* known = std::ranges::find(kRoles, *role, &Role::name);
  if (known == std::end(kRoles)) {
    return fail(ErrorCode::kInvalidArgument,
                "{}.role: must be one of system, developer, user, assistant, tool, function", path);
  }
  Json message = {{"role", known->meaning}, {"content", nullptr}};
  const Json* content = reader.find("content");
  if (content != nullptr) message["content"] = TRY(read_content(*content, reader.path_of("content")));
  if (known->meaning == "assistant") {
    TRY(read_assistant(reader, message));
  } else if (*role == "tool") {
    if (const auto id = TRY(reader.text("tool_call_id", kMaxNameSize))) message["tool_call_id"] = *id;
  }
  if (const auto name = TRY(reader.text("name", kMaxNameSize))) message["name"] = *name;
  TRY(reader.finish(false));
  if (message["content"].is_null() && !message.contains("tool_calls")) {
    if (*role != "assistant") return fail(ErrorCode::kInvalidArgument, "{}.content: is missing", path);
    message["content"] = "";
  }
  return message;
}

Result<Json> read_chat_messages(const Json& messages, const std::string& path) {
  Json read = Json::array();
  for (size_t i = 0; i < messages.size(); ++i) {
    read.push_back(TRY(read_chat_message(messages[i], fmt::format("{}[{}]", path, i))));
  }
  return read;
}

}  // namespace hearth::api
