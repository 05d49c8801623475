#include "api/prompt/thinking_wish.h"

#include <algorithm>

#include <fmt/format.h>

namespace hearth::api {
namespace {

/// Limits for templates that take no effort: those of Google's API for the words of OpenAI's, and of the
/// completion as much as OpenRouter gives.
struct Level {
  std::string_view effort;
  std::optional<size_t> max_tokens;
  size_t percent;
};
constexpr Level kLevels[] = {
    {"minimal", 512, 10}, {"low", 1024, 20},           {"medium", 8192, 50},
    {"high", 24'576, 80}, {"xhigh", std::nullopt, 95}, {"max", std::nullopt, 100},
};

}  // namespace

std::optional<size_t> Thoughts::limit(size_t completion) const {
  if (percent >= 100) return max_tokens;
  const size_t share = std::max<size_t>(completion * percent / 100, 1);
  return std::min(share, max_tokens.value_or(share));
}

ThinkingWish::ThinkingWish(const ChatTemplate& chat_template, const ReasoningFormat& reasoning,
                           Json& variables, Thoughts& thoughts, std::vector<std::string>& notes)
    : template_(chat_template),
      reasoning_(reasoning),
      variables_(variables),
      thoughts_(thoughts),
      notes_(notes) {}

void ThinkingWish::switch_to(bool on, const std::string& name) {
  bool known = set_switches(on);
  // Harmony's models were trained on no such effort, but on the lowest one.
  if (!on) {
    known = set("reasoning_effort", reasoning_.in_channels ? "low" : "none") || known;
    set("thinking_budget", 0);
    if (reasoning_.thinks() && !is_told_to_think()) limit_to(0);
  }
  if (known || template_.reads("reasoning_effort") || reasoning_.thinks()) return;
  if (on || thinks()) note(name, "the model's chat template has no such setting");
}

void ThinkingWish::allow() { set_switches(true); }

void ThinkingWish::set_effort(std::string_view effort, const std::string& name) {
  if (effort == "none") return switch_to(false, name);
  const bool switched = set_switches(true);
  std::string_view word = effort;
  if (reasoning_.in_channels && effort == "minimal") word = "low";
  if (reasoning_.in_channels && (effort == "xhigh" || effort == "max")) word = "high";
  if (set("reasoning_effort", word)) return;
  if (!reasoning_.thinks()) {
    if (!switched) note(name, "the model's chat template has no such setting");
    return;
  }
  const auto* level = std::ranges::find(kLevels, effort, &Level::effort);
  if (level == std::end(kLevels) || thoughts_.max_tokens) return;
  thoughts_.max_tokens = level->max_tokens;
  thoughts_.percent = level->percent;
}

void ThinkingWish::set_budget(int64_t max_tokens, const std::string& name) {
  if (max_tokens < 0) return;
  if (max_tokens == 0) return switch_to(false, name);
  set("thinking_budget", max_tokens);
  if (!reasoning_.thinks()) return note(name, "it is not known where the model's thoughts are");
  // What an effort has said is less exact.
  if (thoughts_.percent < 100) thoughts_ = {.max_tokens = {}, .visible = thoughts_.visible};
  limit_to(size_t(max_tokens));
}

void ThinkingWish::hide() { thoughts_.visible = false; }

void ThinkingWish::heed_variables() {
  for (const char* name : {"enable_thinking", "thinking"}) {
    const auto found = variables_.find(name);
    if (found != variables_.end() && *found == false && reasoning_.thinks()) limit_to(0);
  }
  const auto budget = variables_.find("thinking_budget");
  if (budget == variables_.end() || !budget->is_number_integer() || !reasoning_.thinks()) return;
  if (*budget >= 0) limit_to(budget->get<size_t>());
}

bool ThinkingWish::thinks() const {
  return template_.reads("enable_thinking") || template_.reads("thinking") ||
         template_.reads("reasoning_effort") || template_.source().find("</think>") != std::string::npos;
}

/// Whether variables that were given by themselves say so.
bool ThinkingWish::is_told_to_think() const {
  return variables_.value("enable_thinking", Json()) == true || variables_.value("thinking", Json()) == true;
}

bool ThinkingWish::set_switches(bool on) {
  const bool enable = set("enable_thinking", on);
  return set("thinking", on) || enable;
}

/// False where the template has no such variable.
bool ThinkingWish::set(const char* name, const Json& value) {
  if (!template_.reads(name)) return false;
  if (!variables_.contains(name)) variables_[name] = value;
  return true;
}

void ThinkingWish::limit_to(size_t max_tokens) {
  thoughts_.max_tokens = std::min(max_tokens, thoughts_.max_tokens.value_or(max_tokens));
}

void ThinkingWish::note(const std::string& name, std::string_view why) {
  notes_.push_back(fmt::format("{}: left aside, {}", name, why));
}

}  // namespace hearth::api
