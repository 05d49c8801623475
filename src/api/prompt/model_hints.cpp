#include "api/prompt/model_hints.h"

#include <algorithm>

namespace hearth::api {
namespace {

constexpr int64_t kMaxBudget = int64_t(1) << 30;

/// What a request has said of thinking, in any of its ways.
class ThinkingWish {
 public:
  ThinkingWish(const ChatTemplate& chat_template, ChatPrompt& prompt)
      : template_(chat_template), prompt_(prompt) {}

  /// `path` of the member that says so.
  void switch_to(bool on, const std::string& path) {
    bool known = set_switches(on);
    if (!on) known = set("reasoning_effort", "none") || known;
    if (template_.reads("reasoning_effort") || known) return;
    if (on || thinks()) note(path);
  }

  /// The model may think, and need not.
  void allow() { set_switches(true); }

  Status read_effort(ParameterReader& reader, std::string_view name) {
    const auto effort = TRY(reader.text(name, 64));
    if (!effort) return {};
    static constexpr std::string_view kEfforts[] = {"none", "minimal", "low", "medium",
                                                    "high", "xhigh",   "max"};
    if (std::ranges::find(kEfforts, *effort) == std::end(kEfforts)) {
      return fail(ErrorCode::kInvalidArgument,
                  "{}: must be one of none, minimal, low, medium, high, xhigh, max", reader.path_of(name));
    }
    const bool on = *effort != "none";
    if (!on) {
      switch_to(false, reader.path_of(name));
      return {};
    }
    const bool switched = set_switches(true);
    if (!set("reasoning_effort", *effort) && !switched) note(reader.path_of(name));
    return {};
  }

  /// A bound for the tokens of thought, which `max_tokens` alone bounds here.
  Status read_budget(ParameterReader& reader, std::string_view name) {
    const auto budget = TRY(reader.integer(name, -1, kMaxBudget));
    if (budget && *budget >= 0) {
      prompt_.notes.push_back(
          fmt::format("{}: left aside, thinking has no budget of its own here", reader.path_of(name)));
    }
    return {};
  }

  /// Whether thoughts may stand in the answer; they do where the model writes any.
  Status read_visible(ParameterReader& reader, std::string_view name, bool visible_value) {
    const auto value = TRY(reader.boolean(name));
    if (!value || *value == visible_value || !thinks()) return {};
    return fail_hint(ErrorCode::kUnsupported, "leave it out, or ask for no thinking",
                     "{}: the model's thoughts cannot be taken out of its answer", reader.path_of(name));
  }

 private:
  /// Whether the model is one that thinks at all.
  bool thinks() const {
    return template_.reads("enable_thinking") || template_.reads("thinking") ||
           template_.reads("reasoning_effort") || template_.source().find("</think>") != std::string::npos;
  }

  bool set_switches(bool on) {
    const bool enable = set("enable_thinking", on);
    return set("thinking", on) || enable;
  }

  /// False where the template has no such variable.
  bool set(const char* name, const Json& value) {
    if (!template_.reads(name)) return false;
    if (!prompt_.variables.contains(name)) prompt_.variables[name] = value;
    return true;
  }

  void note(const std::string& path) {
    prompt_.notes.push_back(
        fmt::format("{}: left aside, the model's chat template has no such setting", path));
  }

  const ChatTemplate& template_;
  ChatPrompt& prompt_;
};

/// OpenAI's and OpenRouter's {"effort", "summary", "enabled", "max_tokens", "exclude"}.
Status read_reasoning(ParameterReader& reader, ThinkingWish& wish) {
  const Json* value = reader.find("reasoning");
  if (value == nullptr) return {};
  auto reasoning = TRY(ParameterReader::of(*value, reader.path_of("reasoning")));
  for (const std::string_view name : {"summary", "generate_summary", "context", "mode"}) {
    TRY(reasoning.text(name, 64));
  }
  if (const auto enabled = TRY(reasoning.boolean("enabled"))) {
    wish.switch_to(*enabled, reasoning.path_of("enabled"));
  }
  TRY(wish.read_effort(reasoning, "effort"));
  TRY(wish.read_budget(reasoning, "max_tokens"));
  TRY(wish.read_visible(reasoning, "exclude", false));
  return reasoning.finish(false);
}

/// Anthropic's {"type": "enabled", "budget_tokens"}, which others have taken over, or true and false.
Status read_thinking(ParameterReader& reader, ThinkingWish& wish) {
  const Json* value = reader.find("thinking");
  if (value == nullptr) return {};
  if (value->is_boolean()) {
    wish.switch_to(value->get<bool>(), reader.path_of("thinking"));
    return {};
  }
  auto thinking = TRY(ParameterReader::of(*value, reader.path_of("thinking")));
  const auto type = TRY(thinking.text("type", 64)).value_or("");
  for (const std::string_view name : {"display", "keep", "clear_thinking"}) thinking.find(name);
  if (type == "enabled" || type == "disabled") {
    wish.switch_to(type == "enabled", reader.path_of("thinking"));
  } else if (type == "adaptive" || type == "auto") {
    wish.allow();
  } else {
    return fail(ErrorCode::kInvalidArgument, "{}: must be enabled, disabled or adaptive",
                thinking.path_of("type"));
  }
  TRY(wish.read_budget(thinking, "budget_tokens"));
  return thinking.finish(false);
}

/// Ollama's true, false, or an effort.
Status read_think(ParameterReader& reader, ThinkingWish& wish) {
  const Json* value = reader.find("think");
  if (value == nullptr) return {};
  if (!value->is_boolean()) return wish.read_effort(reader, "think");
  wish.switch_to(value->get<bool>(), reader.path_of("think"));
  return {};
}

/// Anthropic's {"effort", "format"}; the format is structured output.
Status read_output_config(ParameterReader& reader, ThinkingWish& wish) {
  const Json* value = reader.find("output_config");
  if (value == nullptr) return {};
  auto config = TRY(ParameterReader::of(*value, reader.path_of("output_config")));
  TRY(wish.read_effort(config, "effort"));
  if (config.find("format") != nullptr) {
    return fail_hint(ErrorCode::kUnsupported, "leave it out: structured output comes later",
                     "{}: is not supported yet", config.path_of("format"));
  }
  config.find("task_budget");
  return config.finish(false);
}

/// Edits of a conversation that has grown too long: here it is refused instead.
Status read_context_management(ParameterReader& reader, ChatPrompt& prompt) {
  const Json* value = reader.find("context_management");
  if (value == nullptr) return {};
  if (!value->is_structured()) {
    return fail(ErrorCode::kInvalidArgument, "{}: must be an object or an array, not {}",
                reader.path_of("context_management"), kind_of(*value));
  }
  if (!value->empty()) {
    prompt.notes.push_back(fmt::format("{}: left aside, nothing is cleared from a conversation here",
                                       reader.path_of("context_management")));
  }
  return {};
}

}  // namespace

Status read_verbosity(ParameterReader& reader, const ChatTemplate& chat_template, ChatPrompt& prompt) {
  const auto verbosity = TRY(reader.text("verbosity", 64));
  if (!verbosity) return {};
  if (*verbosity != "low" && *verbosity != "medium" && *verbosity != "high") {
    return fail(ErrorCode::kInvalidArgument, "{}: must be one of low, medium, high",
                reader.path_of("verbosity"));
  }
  if (chat_template.reads("verbosity")) {
    if (!prompt.variables.contains("verbosity")) prompt.variables["verbosity"] = *verbosity;
  } else if (*verbosity != "medium") {
    prompt.notes.push_back(fmt::format("{}: left aside, the model's chat template has no such setting",
                                       reader.path_of("verbosity")));
  }
  return {};
}

Status read_model_hints(ParameterReader& reader, const ChatTemplate& chat_template, ChatPrompt& prompt) {
  ThinkingWish wish(chat_template, prompt);
  TRY(wish.read_effort(reader, "reasoning_effort"));
  TRY(read_reasoning(reader, wish));
  TRY(read_thinking(reader, wish));
  TRY(read_think(reader, wish));
  if (const auto enable = TRY(reader.boolean("enable_thinking"))) {
    wish.switch_to(*enable, reader.path_of("enable_thinking"));
  }
  TRY(read_output_config(reader, wish));
  for (const std::string_view name :
       {"thinking_budget", "thinking_token_budget", "reasoning_budget", "reasoning_budget_tokens"}) {
    TRY(wish.read_budget(reader, name));
  }
  TRY(wish.read_visible(reader, "include_reasoning", true));
  // Whether thoughts come apart from the answer: they do not, whatever is asked, as long as none are told
  // apart.
  for (const std::string_view name : {"separate_reasoning", "stream_reasoning", "reasoning_control"}) {
    TRY(reader.boolean(name));
  }
  TRY(reader.text("reasoning_format", 64));
  TRY(read_verbosity(reader, chat_template, prompt));
  return read_context_management(reader, prompt);
}

}  // namespace hearth::api
