#pragma once

#include <string>
#include <vector>

#include "api/tools/chat_tools.h"
#include "cli/chat/conversation.h"
#include "cli/chat/thinking.h"
#include "engine/pool/loaded_model.h"

namespace hearth::cli {

/// How a model is asked in chats and its answers are read: as the server does it. Immutable.
class ChatModel {
 public:
  /// `session` must outlive it. Errors: those of the tokenizer and the chat template.
  static Result<ChatModel> create(LoadedModel& session);

  struct Question {
    Prompt prompt;
    api::CompletionReading reading;  ///< for a request that has its constraints
    std::vector<std::string> notes;  ///< what has no effect
  };
  /// The next answer of a conversation. Errors: those of its prompt.
  Result<Question> ask(const Conversation& conversation, const Thinking& thinking) const;

  const ReasoningFormat& reasoning() const { return model_.reasoning; }
  const ChatTemplate& chat_template() const { return *model_.chat_template; }

 private:
  ChatModel() = default;

  api::ApiModel model_;
};

}  // namespace hearth::cli
