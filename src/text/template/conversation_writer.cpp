#include "text/template/conversation_writer.h"

#include <string>
#include <string_view>
#include <utility>

#include "text/template/message_form.h"
#include "text/template/message_merge.h"
#include "text/template/text_guard.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

// Stands behind the text that is carried on, of characters for private use, and shows where the template put
// that text's end. The space shows whether the template trims it.
constexpr std::string_view kMark = "\xee\x83\xb0\xee\x83\xb1", kTrimmed = " ";  // U+E0F0, U+E0F1
constexpr std::string_view kWhiteSpace = " \t\r\n\v\f";

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kWhiteSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhiteSpace) + 1 - begin);
}

/// The messages with the mark behind the last text, which `text` gets.
Result<Json> with_mark(Json messages, std::string& text) {
  Json* last = messages.empty() ? nullptr : &messages.back();
  std::vector<std::string> texts;
  if (last != nullptr && !last->contains("tool_calls")) texts = texts_of((*last)["content"]);
  if (texts.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "continue_final_message: the last message has no text that could be carried on");
  }
  text = texts.back();
  texts.back().append(kMark).append(kTrimmed);
  (*last)["content"] = content_of(texts);
  return messages;
}

/// The text without marks, which stand in a template's earlier copies of what is carried on.
OriginText without_marks(const OriginText& text) {
  OriginText out;
  for (const OriginText::Range& range : text.ranges()) {
    std::string_view rest = std::string_view(text.text()).substr(range.begin, range.end - range.begin);
    for (size_t at = rest.find(kMark); at != rest.npos; at = rest.find(kMark)) {
      out.append(rest.substr(0, at), range.origin);
      rest.remove_prefix(at + kMark.size());
      if (rest.starts_with(kTrimmed)) rest.remove_prefix(kTrimmed.size());
    }
    out.append(rest, range.origin);
  }
  return out;
}

/// Cuts a prompt behind the text that is carried on, as transformers does.
Status cut(OriginText& prompt, std::string_view carried_on) {
  const std::string_view text = prompt.text();
  size_t end = text.rfind(kMark);
  if (end == text.npos || text.substr(0, end).rfind(trimmed(carried_on)) == text.npos) {
    return fail_hint(ErrorCode::kInvalidArgument, "let the conversation end with a message of the user",
                     "continue_final_message: the chat template does not write the last message as it is");
  }
  // A template that trims the end of a text trims what stood there before the mark too.
  if (!text.substr(end + kMark.size()).starts_with(kTrimmed)) {
    const std::string_view tail = carried_on.substr(carried_on.find_last_not_of(kWhiteSpace) + 1);
    if (text.substr(0, end).ends_with(tail)) end -= tail.size();
  }
  prompt.truncate(end);
  if (prompt.text().find(kMark) != std::string::npos) prompt = without_marks(prompt);
  return {};
}

/// One arrangement of the messages on its way through the template.
class Writer {
 public:
  Writer(const ChatTemplate& chat_template, const ChatConversation& conversation, std::string carried_on)
      : chat_template_(chat_template), carried_on_(std::move(carried_on)) {
    continues_ = conversation.continue_final_message;
    input_.tools = conversation.tools;
    input_.extra = conversation.variables;
    input_.add_generation_prompt = conversation.add_generation_prompt && !continues_;
    input_.arguments = chat_template.traits().arguments;
    input_.local_time = conversation.local_time;
  }

  Result<OriginText> write(const Json& messages) {
    OriginText prompt = TRY(render(messages));
    TRY(check_texts_are_written(messages, [this](const Json& words) { return render(words); }));
    if (continues_) TRY(cut(prompt, carried_on_));
    return prompt;
  }

 private:
  Result<OriginText> render(const Json& messages) {
    input_.messages = messages_in_form(messages, chat_template_.traits());
    return chat_template_.render(input_);
  }

  const ChatTemplate& chat_template_;
  std::string carried_on_;
  bool continues_ = false;
  ChatTemplate::Input input_;
};

}  // namespace

Result<OriginText> write_conversation(const ChatTemplate& chat_template,
                                      const ChatConversation& conversation) {
  std::string carried_on;
  Json messages = conversation.messages;
  if (conversation.continue_final_message) messages = TRY(with_mark(std::move(messages), carried_on));
  Writer writer(chat_template, conversation, std::move(carried_on));
  auto prompt = writer.write(messages);
  // Only a refusal can be met by another arrangement: not a limit, not a feature that is lacking.
  if (prompt || prompt.error().code != ErrorCode::kInvalidArgument) return prompt;
  for (const Json& arrangement : rearranged(messages)) {
    if (auto arranged = writer.write(arrangement)) return arranged;
  }
  return prompt;
}

}  // namespace hearth
