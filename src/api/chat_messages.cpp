#include "api/chat_messages.h"

#include <algorithm>

#include "api/api_call.h"
#include "api/content.h"
#include "api/parameter_reader.h"

namespace hearth {
namespace {

/// The depth that arguments of a tool call may have when they are handed to a template.
constexpr JsonLimits kArgumentLimits = {
    .max_bytes = size_t(1) << 20, .max_depth = 64, .max_total_members = 16'384, .max_elements = 65'536};

/// Templates write arguments as JSON themselves; what is no object stays the text that it is.
Result<Json> read_arguments(ParameterReader& function) {
  const Json* value = function.find("arguments");
  if (value == nullptr) return Json::object();
  if (value->is_object()) return *value;
  if (!value->is_string()) {
    return fail(ErrorCode::kInvalidArgument, "{}: must be a string or an object, not {}",
                function.path_of("arguments"), kind_of(*value));
  }
  auto parsed = parse_json(value->get_ref<const std::string&>(), kArgumentLimits);
  return parsed && parsed->is_object() ? *std::move(parsed) : *value;
}

Result<Json> read_function(const Json& value, const std::string& path) {
  auto reader = TRY(ParameterReader::of(value, path));
  const auto name = TRY(reader.text("name", kMaxNameSize));
  if (!name) return fail(ErrorCode::kInvalidArgument, "{}.name: is missing", path);
  Json function = {{"name", *name}, {"arguments", TRY(read_arguments(reader))}};
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
    TRY(reader.text("type", kMaxNameSize));
    reader.find("index");
    const Json& function = *TRY(reader.require("function"));
    Json call = {{"type", "function"},
                 {"function", TRY(read_function(function, reader.path_of("function")))}};
    if (id) call["id"] = *id;
    TRY(reader.finish(false));
    read.push_back(std::move(call));
  }
  return read;
}

Status read_assistant(ParameterReader& reader, Json& message) {
  if (const Json* calls = reader.find("tool_calls"); calls != nullptr && !calls->empty()) {
    message["tool_calls"] = TRY(read_tool_calls(*calls, reader.path_of("tool_calls")));
  }
  for (const std::string_view name : {"reasoning", "reasoning_content"}) {
    if (const auto text = TRY(reader.text(name, size_t(32) << 20))) message["reasoning_content"] = *text;
  }
  if (const auto refusal = TRY(reader.text("refusal", size_t(32) << 20))) {
    if (message["content"].is_null()) message["content"] = *refusal;
  }
  // What clients send back from an answer of ours, and never read again.
  for (const std::string_view name : {"annotations", "provider_specific_fields", "logprobs"}) {
    reader.find(name);
  }
  return {};
}

Result<Json> read_message(const Json& value, const std::string& path) {
  auto reader = TRY(ParameterReader::of(value, path));
  const auto role = TRY(reader.text("role", kMaxNameSize));
  if (!role) return fail(ErrorCode::kInvalidArgument, "{}.role: is missing", path);
  static constexpr std::string_view kRoles[] = {"system",    "developer", "user",
                                                "assistant", "tool",      "function"};
  if (std::ranges::find(kRoles, *role) == std::end(kRoles)) {
    return fail(ErrorCode::kInvalidArgument,
                "{}.role: must be one of system, developer, user, assistant, tool, function", path);
  }
  Json message = {{"role", *role == "developer" ? "system" : *role}, {"content", nullptr}};
  const Json* content = reader.find("content");
  if (content != nullptr) message["content"] = TRY(read_content(*content, reader.path_of("content")));
  if (const auto name = TRY(reader.text("name", kMaxNameSize))) message["name"] = *name;
  if (*role == "assistant") {
    TRY(read_assistant(reader, message));
  } else if (*role == "tool") {
    if (const auto id = TRY(reader.text("tool_call_id", kMaxNameSize))) message["tool_call_id"] = *id;
  }
  TRY(reader.finish(false));
  if (message["content"].is_null() && !message.contains("tool_calls")) {
    if (*role != "assistant") return fail(ErrorCode::kInvalidArgument, "{}.content: is missing", path);
    message["content"] = "";
  }
  return message;
}

}  // namespace

Result<Json> read_chat_messages(const Json& messages, const std::string& path) {
  if (!messages.is_array() || messages.empty()) {
    return fail(ErrorCode::kInvalidArgument, "{}: must be an array of at least one message", path);
  }
  if (messages.size() > kMaxMessages) {
    return fail(ErrorCode::kInvalidArgument, "{}: has {} messages, the limit is {}", path, messages.size(),
                kMaxMessages);
  }
  Json read = Json::array();
  for (size_t i = 0; i < messages.size(); ++i) {
    read.push_back(TRY(read_message(messages[i], fmt::format("{}[{}]", path, i))));
  }
  return read;
}

}  // namespace hearth
