#include "api/openai/responses_input.h"

#include "api/parameters/parameter_reader.h"
#include "api/prompt/chat_messages.h"
#include "api/prompt/content.h"
#include "text/template/message_form.h"

namespace hearth::api {
namespace {

Result<std::string> require_text(ParameterReader& item, std::string_view name) {
  auto text = TRY(item.text(name));
  if (!text) return fail(ErrorCode::kInvalidArgument, "{}: is missing", item.path_of(name));
  return *std::move(text);
}

Result<Json> read_function_call(ParameterReader& item) {
  Json function = {{"name", TRY(require_text(item, "name"))},
                   {"arguments", TRY(read_arguments(item, "arguments"))}};
  Json call = {
      {"id", TRY(require_text(item, "call_id"))}, {"type", "function"}, {"function", std::move(function)}};
  return Json{{"role", "assistant"}, {"content", nullptr}, {"tool_calls", Json::array({std::move(call)})}};
}

Result<Json> read_function_output(ParameterReader& item) {
  const std::string id = TRY(require_text(item, "call_id"));
  const Json& output = *TRY(item.require("output"));
  return Json{
      {"role", "tool"}, {"content", TRY(read_content(output, item.path_of("output")))}, {"tool_call_id", id}};
}

Result<Json> read_message(ParameterReader& item, const std::string& path) {
  Json message = {{"role", TRY(require_text(item, "role"))}, {"content", *TRY(item.require("content"))}};
  return read_chat_message(message, path);
}

/// The texts of parts that are all of one type.
Result<std::vector<std::string>> read_parts(const Json* parts, std::string_view type,
                                            const std::string& path) {
  std::vector<std::string> texts;
  if (parts == nullptr) return texts;
  if (!parts->is_array()) return fail(ErrorCode::kInvalidArgument, "{}: must be an array of parts", path);
  for (size_t i = 0; i < parts->size(); ++i) {
    auto part = TRY(ParameterReader::of((*parts)[i], fmt::format("{}[{}]", path, i)));
    if (TRY(part.text("type", 64)).value_or("") != type) {
      return fail(ErrorCode::kInvalidArgument, "{}: must be \"{}\"", part.path_of("type"), type);
    }
    texts.push_back(TRY(require_text(part, "text")));
    TRY(part.finish(false));
  }
  return texts;
}

/// The reasoning itself, or where it is kept back, its summary. Null where there is neither.
Result<Json> read_reasoning(ParameterReader& item) {
  item.find("encrypted_content");
  const auto summary = TRY(read_parts(item.find("summary"), "summary_text", item.path_of("summary")));
  const auto content = TRY(read_parts(item.find("content"), "reasoning_text", item.path_of("content")));
  const std::vector<std::string>& texts = content.empty() ? summary : content;
  if (texts.empty()) return nullptr;
  return Json{{"role", "assistant"}, {"content", nullptr}, {"reasoning_content", join_texts(texts, "\n")}};
}

/// Null for an item that says nothing to the model.
Result<Json> read_item(const Json& value, const std::string& path) {
  auto item = TRY(ParameterReader::of(value, path));
  const auto type = TRY(item.text("type", 64)).value_or("message");
  for (const std::string_view name : {"id", "status", "phase"}) item.find(name);
  Json message;
  if (type == "message") {
    message = TRY(read_message(item, path));
  } else if (type == "function_call") {
    message = TRY(read_function_call(item));
  } else if (type == "function_call_output") {
    message = TRY(read_function_output(item));
  } else if (type == "reasoning") {
    message = TRY(read_reasoning(item));
  } else {
    return fail_hint(ErrorCode::kUnsupported, "send messages, function calls and their outputs",
                     "{}.type: is not supported", path);
  }
  TRY(item.finish(false));
  return message;
}

/// Adds what the assistant said, thought or called to what it did just before.
void add_to_turn(Json& turn, Json item) {
  std::vector<std::string> texts = texts_of(turn["content"]);
  for (std::string& text : texts_of(item["content"])) texts.push_back(std::move(text));
  turn["content"] = content_of(texts);
  if (item.contains("reasoning_content")) {
    std::vector<std::string> reasoning;
    if (turn.contains("reasoning_content")) reasoning.push_back(turn["reasoning_content"]);
    reasoning.push_back(item["reasoning_content"]);
    turn["reasoning_content"] = join_texts(reasoning, "\n");
  }
  if (!item.contains("tool_calls")) return;
  Json& calls = turn["tool_calls"];
  for (Json& call : item["tool_calls"]) calls.push_back(std::move(call));
}

bool is_of_assistant(const Json& message) { return message["role"] == "assistant"; }

}  // namespace

Result<Json> read_responses_input(const Json& input, Json earlier) {
  Json messages = std::move(earlier);
  if (input.is_string()) {
    messages.push_back({{"role", "user"}, {"content", input}});
    return messages;
  }
  for (size_t i = 0; i < input.size(); ++i) {
    Json item = TRY(read_item(input[i], fmt::format("input[{}]", i)));
    if (item.is_null()) continue;
    if (!messages.empty() && is_of_assistant(messages.back()) && is_of_assistant(item)) {
      add_to_turn(messages.back(), std::move(item));
    } else {
      messages.push_back(std::move(item));
    }
  }
  if (messages.empty()) {
    return fail(ErrorCode::kInvalidArgument, "input: holds nothing that the model could be told");
  }
  return messages;
}

}  // namespace hearth::api
