#include "text/template/reasoning_format.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
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

/// Thoughts that are messages by themselves.
struct Channel {
  std::string_view known_by, start, end, answer_start, thought_only;
};
constexpr std::string_view kNextTurn = "<|start|>assistant";
constexpr Channel kChannels[] = {
    {"<|channel|>analysis", "<|channel|>analysis<|message|>", "<|end|>", "<|channel|>final<|message|>",
     "<|channel|>a"},
    {" to=self<|message|>", " to=self<|message|>", "<|eom|>", " to=user<|message|>", " to=self"},
};

/// The marks around a thought of the past, and all that ends it.
bool find_marks(std::string_view text, ReasoningFormat& format) {
  const size_t thought = text.find(kThought);
  const size_t content = text.find(kContent);
  if (thought == text.npos || content == text.npos || content < thought) return false;
  const auto before = mark_pieces(trimmed_mark(text.substr(0, thought)));
  const size_t begin = thought + kThought.size();
  const std::string_view between = text.substr(begin, content - begin);
  const auto after = mark_pieces(trimmed_mark(between));
  if (before.empty() || after.empty()) return false;
  if (before.back().size() < 3 || after.front().size() < 3) return false;
  format.start = before.back();
  format.end = after.front();
  format.closing = trimmed_mark(between) == format.end ? between : std::string_view(format.end);
  return true;
}

}  // namespace

bool ReasoningFormat::is_open_at_end(std::string_view prompt) const {
  return !in_channels && !start.empty() &&
         prompt.substr(0, prompt.find_last_not_of(" \t\r\n") + 1).ends_with(start);
}

ReasoningFormat find_reasoning_format(const ChatTemplate& chat_template) {
  ReasoningFormat format;
  const std::string& source = chat_template.source();
  for (const char* name : {"enable_thinking", "thinking", "reasoning_effort"}) {
    if (format.switch_name.empty() && chat_template.reads(name)) format.switch_name = name;
  }
  for (const Channel& channel : kChannels) {
    if (source.find(channel.known_by) == std::string::npos) continue;
    format.in_channels = true;
    format.start = channel.start;
    format.end = channel.end;
    format.closing = fmt::format("{}{}", channel.end, kNextTurn);
    format.answer_start = channel.answer_start;
    format.thought_only = channel.thought_only;
    return format;
  }
  const Json user = {{"role", "user"}, {"content", kUser}};
  for (const char* name : {"reasoning_content", "thinking", "reasoning"}) {
    if (source.find(name) == std::string::npos) continue;
    Json thinking = {{"role", "assistant"}, {"content", kContent}, {name, kThought}};
    const std::string text =
        rendered(chat_template, Json::array({user, std::move(thinking)}), {{"enable_thinking", true}}, false);
    if (find_marks(text, format)) return format;
  }
  for (const auto& [start, end] : kKnown) {
    if (source.find(end) == std::string::npos) continue;
    format.start = start;
    format.end = end;
    format.closing = start == "<think>" ? "\n</think>\n\n" : end;
    return format;
  }
  return format;
}

}  // namespace hearth
