#include "api/prompt/model_hints.h"

#include "api/parameters/form_parameters.h"

namespace hearth::api {
namespace {

constexpr size_t kMaxWord = 64;  ///< characters
constexpr Schema kWord = Schema::text(0, kMaxWord);
constexpr Schema kBudget = Schema::integer(-1, int64_t(1) << 30);
constexpr std::string_view kEfforts[] = {"none", "minimal", "low", "medium", "high", "xhigh", "max"};
constexpr Schema kEffort = Schema::choice(kEfforts);

constexpr char kAboutEffort[] =
    "How much the model reasons before it responds. Left aside with a note where the chat template has no "
    "such "
    "setting.";
constexpr char kAboutBudget[] = "Left aside with a note: max_tokens bounds reasoning and response together.";
constexpr char kAboutSwitch[] =
    "Whether the model reasons before it responds. Left aside with a note where the chat template has no "
    "such "
    "setting.";
constexpr char kAboutVisible[] = "Refused where the model reasons: the reasoning is part of its response.";
constexpr char kAside[] = "Left aside.";

/// OpenAI's and OpenRouter's.
constexpr Parameter kReasoning[] = {
    {"effort", kEffort, kAboutEffort},
    {"enabled", Schema::boolean(), kAboutSwitch},
    {"max_tokens", kBudget, kAboutBudget},
    {"exclude", Schema::boolean(), kAboutVisible},
    {"summary", kWord, kAside},
    {"generate_summary", kWord, kAside},
    {"context", kWord, kAside},
    {"mode", kWord, kAside},
};

/// Anthropic's, which others have taken over.
constexpr std::string_view kThinkingTypes[] = {"disabled", "enabled", "adaptive", "auto"};
constexpr Parameter kThinking[] = {
    {.name = "type", .schema = Schema::choice(kThinkingTypes), .required = true},
    {"budget_tokens", kBudget, kAboutBudget},
    {"display", Schema::any(), kAside},
    {"keep", Schema::any(), kAside},
    {"clear_thinking", Schema::any(), kAside},
};
constexpr Schema kThinkingForms[] = {Schema::object(kThinking), Schema::boolean()};

/// Ollama's.
constexpr Schema kThinkForms[] = {Schema::boolean(), kEffort};

constexpr Parameter kOutputConfig[] = {
    {"effort", kEffort, kAboutEffort},
    {"format", kResponseFormat, "The form of the text, as Anthropic has it."},
    {"task_budget", Schema::any(), kAside},
};

constexpr Parameter kHints[] = {
    {"reasoning_effort", kEffort, kAboutEffort},
    {"reasoning", Schema::object(kReasoning), kAboutEffort},
    {"thinking", Schema::either(kThinkingForms), kAboutSwitch},
    {"think", Schema::either(kThinkForms), kAboutSwitch},
    {"enable_thinking", Schema::boolean(), kAboutSwitch},
    {"output_config", Schema::object(kOutputConfig), kAboutEffort},
    {"thinking_budget", kBudget, kAboutBudget},
    {"thinking_token_budget", kBudget, kAboutBudget},
    {"reasoning_budget", kBudget, kAboutBudget},
    {"reasoning_budget_tokens", kBudget, kAboutBudget},
    {"include_reasoning", Schema::boolean(), kAboutVisible},
    // Whether reasoning is told apart from the response: it always is.
    {"separate_reasoning", Schema::boolean(), kAside},
    {"stream_reasoning", Schema::boolean(), kAside},
    {"reasoning_control", Schema::boolean(), kAside},
    {"reasoning_format", kWord, kAside},
    kVerbosity,
    {"context_management", Schema::structure(),
     "Left aside with a note: a conversation that does not fit is refused."},
};

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

  void read_effort(Parameters& parameters, std::string_view name) {
    const Json* effort = parameters.find(name);
    if (effort == nullptr) return;
    if (*effort == "none") {
      switch_to(false, parameters.path_of(name));
      return;
    }
    const bool switched = set_switches(true);
    if (!set("reasoning_effort", *effort) && !switched) note(parameters.path_of(name));
  }

  /// A bound for the tokens of thought, which `max_tokens` alone bounds here.
  void read_budget(Parameters& parameters, std::string_view name) {
    if (parameters.integer(name).value_or(-1) < 0) return;
    prompt_.notes.push_back(
        fmt::format("{}: left aside, thinking has no budget of its own here", parameters.path_of(name)));
  }

  void read_switch(Parameters& parameters, std::string_view name) {
    const Json* on = parameters.find(name);
    if (on != nullptr && on->is_boolean()) switch_to(on->get<bool>(), parameters.path_of(name));
  }

  /// Whether reasoning may be part of the response, as it is where the model writes any.
  Status read_visible(Parameters& parameters, std::string_view name, bool visible_value) {
    const auto value = parameters.boolean(name);
    if (!value || *value == visible_value || !thinks()) return {};
    return fail_hint(ErrorCode::kUnsupported, "leave it out, or ask for no thinking",
                     "{}: the model's reasoning cannot be removed from its response",
                     parameters.path_of(name));
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

Status read_reasoning(Parameters& parameters, ThinkingWish& wish) {
  auto reasoning = parameters.object("reasoning");
  if (!reasoning) return {};
  wish.read_switch(*reasoning, "enabled");
  wish.read_effort(*reasoning, "effort");
  wish.read_budget(*reasoning, "max_tokens");
  return wish.read_visible(*reasoning, "exclude", false);
}

void read_thinking(Parameters& parameters, ThinkingWish& wish) {
  wish.read_switch(parameters, "thinking");
  auto thinking = parameters.object("thinking");
  if (!thinking) return;
  const std::string type = *thinking->text("type");
  if (type == "enabled" || type == "disabled") {
    wish.switch_to(type == "enabled", parameters.path_of("thinking"));
  } else {
    wish.allow();
  }
  wish.read_budget(*thinking, "budget_tokens");
}

void read_think(Parameters& parameters, ThinkingWish& wish) {
  const Json* value = parameters.find("think");
  if (value == nullptr) return;
  if (value->is_boolean()) {
    wish.read_switch(parameters, "think");
  } else {
    wish.read_effort(parameters, "think");
  }
}

/// Edits of a conversation that has grown too long: here it is refused instead.
void read_context_management(Parameters& parameters, ChatPrompt& prompt) {
  const Json* value = parameters.find("context_management");
  if (value == nullptr || value->empty()) return;
  prompt.notes.push_back(fmt::format("{}: left aside, nothing is cleared from a conversation here",
                                     parameters.path_of("context_management")));
}

}  // namespace

void read_verbosity(Parameters& parameters, const ChatTemplate& chat_template, ChatPrompt& prompt) {
  const auto verbosity = parameters.text("verbosity");
  if (!verbosity) return;
  if (chat_template.reads("verbosity")) {
    if (!prompt.variables.contains("verbosity")) prompt.variables["verbosity"] = *verbosity;
  } else if (*verbosity != "medium") {
    prompt.notes.push_back(fmt::format("{}: left aside, the model's chat template has no such setting",
                                       parameters.path_of("verbosity")));
  }
}

ParameterList hint_parameters() { return {kHints}; }

Status read_model_hints(Parameters& parameters, const ChatTemplate& chat_template, ChatPrompt& prompt) {
  ThinkingWish wish(chat_template, prompt);
  wish.read_effort(parameters, "reasoning_effort");
  TRY(read_reasoning(parameters, wish));
  read_thinking(parameters, wish);
  read_think(parameters, wish);
  wish.read_switch(parameters, "enable_thinking");
  if (auto config = parameters.object("output_config")) wish.read_effort(*config, "effort");
  for (const std::string_view name :
       {"thinking_budget", "thinking_token_budget", "reasoning_budget", "reasoning_budget_tokens"}) {
    wish.read_budget(parameters, name);
  }
  TRY(wish.read_visible(parameters, "include_reasoning", true));
  for (const std::string_view name :
       {"separate_reasoning", "stream_reasoning", "reasoning_control", "reasoning_format"}) {
    parameters.find(name);
  }
  read_verbosity(parameters, chat_template, prompt);
  read_context_management(parameters, prompt);
  return {};
}

}  // namespace hearth::api
