#include "cli/chat/chat_model.h"

#include <utility>

namespace hearth::cli {

Result<ChatModel> ChatModel::create(LoadedModel& session) {
  ChatModel chat;
  api::ApiModel& model = chat.model_;
  model.tokenizer = TRY(session.tokenizer());
  model.chat_template = TRY(session.chat_template());
  model.grammars = session.grammars();
  model.reasoning = find_reasoning_format(*model.chat_template);
  model.mark_tokens = api::mark_tokens({}, model.reasoning, *model.tokenizer);
  return chat;
}

Result<ChatModel::Question> ChatModel::ask(const Conversation& conversation, const Thinking& thinking) const {
  Question question;
  auto variables = nlohmann::ordered_json::object();
  api::Thoughts thoughts;
  api::ThinkingWish wish(*model_.chat_template, model_.reasoning, variables, thoughts, question.notes);
  if (thinking.level == "on" || thinking.level == "off") {
    wish.switch_to(thinking.level == "on", "--think");
  } else if (!thinking.level.empty()) {
    wish.set_effort(thinking.level, "--think");
  }
  if (thinking.max_tokens) wish.set_budget(int64_t(*thinking.max_tokens), "--think-budget");
  question.prompt = TRY(conversation.prompt(*model_.chat_template, *model_.tokenizer, variables));
  question.reading = TRY(api::CompletionReading::create({}, model_, question.prompt, thoughts));
  return question;
}

}  // namespace hearth::cli
