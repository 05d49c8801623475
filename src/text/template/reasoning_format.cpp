#include "text/template/reasoning_format.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "text/template/chat_template.h"
#include "text/template/mark_pieces.h"
#include "text/template/message_form.h"
#include "text/template/template_probe.h"
#include "text/template/tool_format.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kUser = "61840275", kContent = "27540918", kThought = "90572816";

/// Marks that models are trained on, for templates that write no thoughts of the past.
constexpr std::pair<std::string_view, std::string_view> kKnown[] = {
    {"<think>", "</think>"},
    {"[THINK]", "[/THINK]"},
    {"<|START_THINKING|>", "<|END_THINKING|>"},
    {"<|inner_prefix|>", "<|inner_suffix|>"},
    {"<seed:think>", "</seed:think>"},
    {"<thought>", "</thought>"},
    {"<reasoning>", "</reasoning>"},
    {"<|think_start|>", "<|think_end|>"},
    {"<|channel>thought", "<channel|>"},
};

std::string rendered(const ChatTemplate& chat_template, const Json& messages, const Json& variables,
                     bool prompt) {
  ChatTemplate::Input input;
  input.messages = messages_in_form(messages, chat_template.traits());
  input.extra = variables;
  input.add_generation_prompt = prompt;
  input.local_time = probe_time;
  auto text = chat_template.render(input);
  if (!text) return {};
  const size_t at = text->text().rfind(kUser);
  return at == std::string::npos ? std::string() : text->text().substr(at + kUser.size());
}

/// The marks around a thought of the past.
std::optional<std::pair<std::string, std::string>> marks_around(std::string_view text) {
  const size_t thought = text.find(kThought);
  const size_t content = text.find(kContent);
  if (thought == text.npos || content == text.npos || content < thought) return std::nullopt;
  const auto before = mark_pieces(trimmed_mark(text.substr(0, thought)));
  const size_t begin = thought + kThought.size();
  const auto after = mark_pieces(trimmed_mark(text.substr(begin, content - begin)));
  if (before.empty() || after.empty()) return std::nullopt;
  if (before.back().size() < 3 || after.front().size() < 3) return std::nullopt;
  return std::pair(std::string(before.back()), std::string(after.front()));
}

}  // namespace

bool ReasoningFormat::is_open_at_end(std::string_view prompt) const {
  return !start.empty() && prompt.substr(0, prompt.find_last_not_of(" \t\r\n") + 1).ends_with(start);
}

ReasoningFormat find_reasoning_format(const ChatTemplate& chat_template) {
  ReasoningFormat format;
  const std::string& source = chat_template.source();
  for (const char* name : {"enable_thinking", "thinking", "reasoning_effort"}) {
    if (format.switch_name.empty() && chat_template.reads(name)) format.switch_name = name;
  }
  for (const std::string_view mark : {"<|channel|>analysis", " to=self<|message|>"}) {
    if (source.find(mark) == std::string::npos) continue;
    format.in_channels = true;
    return format;
  }
  const Json user = {{"role", "user"}, {"content", kUser}};
  for (const char* name : {"reasoning_content", "thinking", "reasoning"}) {
    if (source.find(name) == std::string::npos) continue;
    Json thinking = {{"role", "assistant"}, {"content", kContent}, {name, kThought}};
    const std::string text =
        rendered(chat_template, Json::array({user, std::move(thinking)}), {{"enable_thinking", true}}, false);
    if (auto marks = marks_around(text)) {
      std::tie(format.start, format.end) = *std::move(marks);
      return format;
    }
  }
  for (const auto& [start, end] : kKnown) {
    if (source.find(end) == std::string::npos) continue;
    format.start = start;
    format.end = end;
    return format;
  }
  return format;
}

}  // namespace hearth
