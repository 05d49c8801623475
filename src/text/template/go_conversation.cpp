#include "text/template/go_conversation.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "text/gotemplate/evaluator.h"
#include "text/jinja/library/json.h"
#include "text/template/chat_values.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;
using jinja::Dict;
using jinja::Runtime;
using jinja::Value;

constexpr std::string_view kBetween = "\n\n";

/// The texts of a message's content, whatever form it has.
std::string content_text(const Json& message) {
  const auto content = message.find("content");
  if (content == message.end()) return {};
  if (content->is_string()) return content->get<std::string>();
  std::string text;
  if (!content->is_array()) return text;
  for (const Json& part : *content) {
    if (part.is_string()) text += part.get_ref<const std::string&>();
    if (!part.is_object()) continue;
    const auto piece = part.find("text");
    if (piece != part.end() && piece->is_string()) text += piece->get_ref<const std::string&>();
  }
  return text;
}

std::string role_of(const Json& message) {
  const auto role = message.find("role");
  return role != message.end() && role->is_string() ? role->get<std::string>() : std::string();
}

/// The conversation as Ollama hands it to a template.
struct Conversation {
  Json messages = Json::array();
  std::string system;  ///< of all system messages
};

Result<Conversation> collate(Runtime& runtime, const Json& messages) {
  if (!messages.is_array()) return fail(ErrorCode::kInvalidArgument, "'messages' must be an array");
  Conversation all;
  for (const Json& given : messages) {
    if (!given.is_object()) return fail(ErrorCode::kInvalidArgument, "a chat message must be an object");
    TRY(runtime.spend(1));
    const std::string role = role_of(given), text = content_text(given);
    TRY(runtime.meter().spend_copy(text.size()));
    if (role == "system") all.system += (all.system.empty() ? "" : std::string(kBetween)) + text;
    if (!all.messages.empty() && role != "tool" && role_of(all.messages.back()) == role &&
        !given.contains("tool_calls") && !all.messages.back().contains("tool_calls")) {
      auto& joined = all.messages.back()["content"].get_ref<std::string&>();
      joined += std::string(kBetween) + text;
      continue;
    }
    Json message = given;
    message["content"] = text;
    if (const auto name = given.find("name"); role == "tool" && name != given.end())
      message["tool_name"] = *name;
    all.messages.push_back(std::move(message));
  }
  return all;
}

/// Members in the order in which Go's structures have them, and then the rest.
Json in_order(const Json& object, std::initializer_list<const char*> first) {
  if (!object.is_object()) return object;
  Json ordered = Json::object();
  for (const char* name : first) {
    if (const auto at = object.find(name); at != object.end()) ordered[name] = *at;
  }
  for (const auto& [name, member] : object.items()) {
    if (!ordered.contains(name)) ordered[name] = member;
  }
  return ordered;
}

Json tools_in_order(const Json& tools) {
  Json ordered = Json::array();
  for (const Json& given : tools) {
    Json tool = in_order(given, {"type", "function"});
    if (const auto function = tool.find("function"); function != tool.end()) {
      *function = in_order(*function, {"name", "description", "parameters"});
      if (const auto parameters = function->find("parameters"); parameters != function->end())
        *parameters = in_order(*parameters, {"type", "required", "properties"});
    }
    ordered.push_back(std::move(tool));
  }
  return ordered;
}

/// Runs a template over a conversation.
class GoConversation {
 public:
  GoConversation(const gotemplate::Program& program, Runtime& runtime, const ChatTemplate::Input& input)
      : program_(program), runtime_(runtime), input_(input), out_(runtime), evaluator_(program, runtime) {}

  Result<jinja::OriginString> write() {
    const Conversation all = TRY(collate(runtime_, input_.messages));
    if (program_.reads_field("Messages")) {
      Dict data = TRY(common());
      TRY(add(data, "System", all.system));
      TRY(add(data, "Response", std::string()));
      TRY(add(data, "Messages", TRY(messages_value(runtime_, all.messages, ArgumentsForm::kObject))));
      TRY(run(std::move(data), false));
    } else {
      TRY(write_turns(all));
    }
    return out_.take();
  }

  uint32_t error_line() const { return evaluator_.error_line(); }

 private:
  struct Turn {
    std::string system, prompt, response;
  };

  Status write_turns(const Conversation& all) {
    Turn turn;
    for (const Json& message : all.messages) {
      const std::string role = role_of(message), text = message["content"].get<std::string>();
      if (role == "system") {
        if (!turn.prompt.empty() || !turn.response.empty()) TRY(write_turn(turn, false));
        turn.system = text;
      } else if (role == "assistant") {
        turn.response = text;
      } else {
        if (!turn.response.empty()) TRY(write_turn(turn, false));
        // To a template that knows no tools, what a tool answers is more of the prompt.
        const bool goes_on = role == "tool" && !turn.prompt.empty();
        turn.prompt = goes_on ? turn.prompt + std::string(kBetween) + text : text;
      }
    }
    return write_turn(turn, input_.add_generation_prompt || !turn.response.empty());
  }

  Status write_turn(Turn& turn, bool is_last) {
    Dict data = TRY(common());
    TRY(add(data, "System", std::exchange(turn.system, {})));
    TRY(add(data, "Prompt", std::exchange(turn.prompt, {})));
    TRY(add(data, "Response", std::exchange(turn.response, {})));
    return run(std::move(data), is_last);
  }

  Status run(Dict data, bool until_response) {
    data.finish();
    return evaluator_.run(out_, TRY(runtime_.dict(std::move(data), Origin::kContent)), until_response);
  }

  Status add(Dict& data, std::string_view name, Value value) {
    data.append(TRY(runtime_.string(name)), std::move(value));
    return {};
  }
  Status add(Dict& data, std::string_view name, const std::string& text) {
    return add(data, name, TRY(runtime_.string(text, Origin::kContent)));
  }

  /// What every run is given: the tools, and how to think.
  Result<Dict> common() {
    Dict data;
    const Json tools = input_.tools.is_array() ? tools_in_order(input_.tools) : Json();
    TRY(add(data, "Tools", TRY(from_json(runtime_, tools, Origin::kContent))));
    std::optional<bool> think;
    std::string level;
    for (const char* name : {"think", "thinking", "enable_thinking"}) {
      const auto at = input_.extra.find(name);
      if (at != input_.extra.end() && at->is_boolean()) think = at->get<bool>();
    }
    const auto effort = input_.extra.find("reasoning_effort");
    if (effort != input_.extra.end() && effort->is_string()) level = effort->get<std::string>();
    TRY(add(data, "Think", Value::boolean(think.value_or(!level.empty()))));
    TRY(add(data, "ThinkLevel", level));
    TRY(add(data, "IsThinkSet", Value::boolean(think.has_value() || !level.empty())));
    return data;
  }

  const gotemplate::Program& program_;
  Runtime& runtime_;
  const ChatTemplate::Input& input_;
  jinja::TextBuilder out_;
  gotemplate::Evaluator evaluator_;
};

}  // namespace

Result<jinja::OriginString> write_go_conversation(const gotemplate::Program& program, Runtime& runtime,
                                                  const ChatTemplate::Input& input, uint32_t& error_line) {
  GoConversation conversation(program, runtime, input);
  auto text = conversation.write();
  error_line = conversation.error_line();
  return text;
}

bool reads_in_go(const gotemplate::Program& program, std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNames = {{
      {"messages", "Messages"},
      {"tools", "Tools"},
      {"think", "Think"},
      {"thinking", "Think"},
      {"enable_thinking", "Think"},
      {"enable_thinking", "IsThinkSet"},
      {"reasoning_effort", "ThinkLevel"},
  }};
  for (const auto& [jinja_name, field] : kNames) {
    if (jinja_name == name && program.reads_field(field)) return true;
  }
  return false;
}

}  // namespace hearth
