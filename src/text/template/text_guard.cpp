#include "text/template/text_guard.h"

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "text/template/message_form.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

// A word is a number between two characters for private use, which no filter changes.
constexpr std::string_view kOpen = "\xee\x83\xb2", kClose = "\xee\x83\xb3";  // U+E0F2, U+E0F3

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\v\f") == text.npos; }

bool may_be_left_out(const Json& message) { return message.contains("tool_calls"); }

/// The messages with a word for each text that is not blank; `owners` gets the message of each.
Json with_words(const Json& messages, std::vector<size_t>& owners) {
  Json out = Json::array();
  for (size_t i = 0; i < messages.size(); ++i) {
    Json message = Json::object();
    for (const auto& [name, value] : messages[i].items()) {
      if (name != "content" || may_be_left_out(messages[i])) {
        message[name] = value;
        continue;
      }
      std::vector<std::string> texts = texts_of(value);
      for (std::string& text : texts) {
        if (is_blank(text)) continue;
        text = fmt::format("{}{}{}", kOpen, owners.size(), kClose);
        owners.push_back(i);
      }
      message[name] = content_of(texts);
    }
    out.push_back(std::move(message));
  }
  return out;
}

std::vector<bool> found_words(std::string_view text, size_t num_words) {
  std::vector<bool> found(num_words, false);
  for (size_t at = text.find(kOpen); at != text.npos; at = text.find(kOpen, at)) {
    at += kOpen.size();
    size_t word = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + at, end, word);
    const bool is_word = error == std::errc() && std::string_view(rest, end).starts_with(kClose);
    if (is_word && word < num_words) found[word] = true;
  }
  return found;
}

}  // namespace

Status check_texts_are_written(const Json& messages,
                               const std::function<Result<OriginText>(const Json& messages)>& render) {
  std::vector<size_t> owners;
  const Json words = with_words(messages, owners);
  const auto text = render(words);
  // A template that takes the texts and not the words looks into them: it cannot be asked this way.
  if (!text) return {};
  const std::vector<bool> found = found_words(text->text(), owners.size());
  for (size_t word = 0; word < owners.size(); ++word) {
    if (found[word]) continue;
    return fail_hint(ErrorCode::kInvalidArgument, "leave the message out, or give the model another template",
                     "chat template: it leaves out the text of message {} (role {})", owners[word] + 1,
                     messages[owners[word]].value("role", std::string()));
  }
  return {};
}

}  // namespace hearth
