#include "text/template/chat_values.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/library/json.h"
#include "text/jinja/library/written_json.h"

namespace hearth::jinja {

namespace {

using Json = nlohmann::ordered_json;

constexpr char kMessageForm[] = "give messages as [{\"role\": ..., \"content\": ...}]";

/// The names that a message's reasoning goes by; templates read the first, or `thinking`.
constexpr std::array<const char*, 3> kReasoningNames = {"reasoning_content", "thinking", "reasoning"};

const Json* find_reasoning(const Json& message) {
  for (const char* name : kReasoningNames) {
    const auto at = message.find(name);
    if (at != message.end() && !at->is_null()) return &*at;
  }
  return nullptr;
}

/// Turns the conversation of one rendering into values.
class MessageValues {
 public:
  MessageValues(Runtime& runtime, ArgumentsForm form) : runtime_(runtime), form_(form) {}

  Result<Value> messages(const Json& messages) const {
    if (!messages.is_array()) {
      return fail_hint(ErrorCode::kInvalidArgument, kMessageForm, "'messages' must be an array, not {}",
                       messages.type_name());
    }
    return list_of(messages, [&](const Json& item) { return message(item); });
  }

 private:
  /// A message as transformers hands it to a template: its reasoning also as `thinking`, in front, and as
  /// `reasoning_content`, at the end, where it has it under another name.
  Result<Value> message(const Json& message) const {
    if (!message.is_object()) {
      return fail_hint(ErrorCode::kInvalidArgument, kMessageForm, "a chat message must be an object, not {}",
                       message.type_name());
    }
    const Json* reasoning = find_reasoning(message);
    Dict dict;
    if (reasoning != nullptr) TRY(add(dict, "thinking", TRY(value(*reasoning))));
    for (const auto& [name, member] : message.items()) {
      TRY(add(dict, name, name == "tool_calls" ? TRY(calls(member)) : TRY(value(member))));
    }
    if (reasoning != nullptr) TRY(add(dict, "reasoning_content", TRY(value(*reasoning))));
    dict.finish();
    return runtime_.dict(std::move(dict), Origin::kContent);
  }

  Result<Value> calls(const Json& calls) const {
    if (form_ == ArgumentsForm::kAsGiven || !calls.is_array()) return value(calls);
    return list_of(calls, [&](const Json& item) {
      return mapped(item, "function", [&](const Json& function) {
        return mapped(function, "arguments", [&](const Json& given) { return arguments(given); });
      });
    });
  }

  Result<Value> arguments(const Json& given) const {
    if (!given.is_string()) return value(given);
    const auto object = TRY(written_object(runtime_, given.get_ref<const std::string&>()));
    if (!object) return value(given);
    if (form_ == ArgumentsForm::kObject) return *object;
    TextBuilder text(runtime_);
    TRY(append_json(text, runtime_, *object,
                    {.indent = {},
                     .item_separator = {", ", Origin::kContent},
                     .key_separator = {": ", Origin::kContent}}));
    return runtime_.string(text.take());
  }

  /// An object with one of its members made by `make`.
  template <typename Make>
  Result<Value> mapped(const Json& object, std::string_view special, Make make) const {
    if (!object.is_object()) return value(object);
    Dict dict;
    for (const auto& [name, member] : object.items()) {
      TRY(add(dict, name, name == special ? TRY(make(member)) : TRY(value(member))));
    }
    dict.finish();
    return runtime_.dict(std::move(dict), Origin::kContent);
  }

  template <typename Make>
  Result<Value> list_of(const Json& items, Make make) const {
    std::vector<Value> values;
    for (const Json& item : items) values.push_back(TRY(make(item)));
    return runtime_.list(std::move(values), Origin::kContent);
  }

  Status add(Dict& dict, const std::string& name, Value value) const {
    dict.append(TRY(runtime_.string(name, Origin::kContent)), std::move(value));
    return {};
  }

  Result<Value> value(const Json& json) const { return from_json(runtime_, json, Origin::kContent); }

  Runtime& runtime_;
  ArgumentsForm form_;
};

}  // namespace

Result<Value> messages_value(Runtime& runtime, const Json& messages, ArgumentsForm arguments) {
  return MessageValues(runtime, arguments).messages(messages);
}

}  // namespace hearth::jinja
