#include "cli/chat/conversation.h"

#include <ctime>
#include <utility>

#include "text/template/conversation_writer.h"

namespace hearth::cli {
namespace {

std::tm local_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  return parts;
}

}  // namespace

nlohmann::ordered_json Conversation::messages(bool with_system) const {
  auto messages = nlohmann::ordered_json::array();
  if (with_system && !system_.empty()) messages.push_back({{"role", "system"}, {"content", system_}});
  for (const Turn& turn : turns_) {
    messages.push_back({{"role", turn.role}, {"content", turn.text}});
    // What becomes of earlier thoughts is the template's to say.
    if (!turn.reasoning.empty()) messages.back()["reasoning_content"] = turn.reasoning;
  }
  return messages;
}

Result<Prompt> Conversation::prompt(const ChatTemplate& chat_template, const Tokenizer& tokenizer,
                                    const nlohmann::ordered_json& variables) const {
  const OriginText text = TRY(write_conversation(
      chat_template, {.messages = messages(true), .variables = variables, .local_time = local_time}));
  Prompt prompt;
  prompt.append_text(text.text(), TRY(tokenizer.encode_chat(text)));
  return prompt;
}

nlohmann::ordered_json Conversation::to_json() const {
  return {{"system", system_}, {"messages", messages(false)}};
}

Result<Conversation> Conversation::from_json(const nlohmann::ordered_json& json) {
  const auto text_of = [](const nlohmann::ordered_json& object, const char* key) -> Result<std::string> {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string()) {
      return fail(ErrorCode::kCorruptData, "a saved chat's '{}' is not a text", key);
    }
    return found->get<std::string>();
  };
  if (!json.is_object() || !json.contains("messages") || !json["messages"].is_array()) {
    return fail_hint(ErrorCode::kCorruptData, "load a file that /save wrote",
                     "a saved chat has no 'messages'");
  }
  Conversation conversation;
  if (json.contains("system")) conversation.set_system(TRY(text_of(json, "system")));
  for (const nlohmann::ordered_json& message : json["messages"]) {
    if (!message.is_object())
      return fail(ErrorCode::kCorruptData, "a saved chat holds a message that is no object");
    const std::string role = TRY(text_of(message, "role"));
    std::string text = TRY(text_of(message, "content"));
    if (role == "system" && conversation.empty()) {
      conversation.set_system(std::move(text));
    } else if (role == "user") {
      conversation.add_user(std::move(text));
    } else if (role == "assistant") {
      std::string reasoning;
      if (message.contains("reasoning_content")) reasoning = TRY(text_of(message, "reasoning_content"));
      conversation.add_assistant(std::move(text), std::move(reasoning));
    } else {
      return fail(ErrorCode::kCorruptData, "a saved chat holds a message of role '{}'", role);
    }
  }
  return conversation;
}

}  // namespace hearth::cli
