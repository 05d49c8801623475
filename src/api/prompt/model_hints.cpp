#include "api/prompt/model_hints.h"

#include "api/parameters/form_parameters.h"
#include "api/prompt/thinking_wish.h"

namespace hearth::api {
namespace {

constexpr size_t kMaxWord = 64;  ///< characters
constexpr Schema kWord = Schema::text(0, kMaxWord);
constexpr Schema kBudget = Schema::integer(-1, int64_t(1) << 30);
constexpr Schema kEffort = Schema::choice(kEfforts);

constexpr char kAboutEffort[] =
    "How much the model reasons before it responds: by the chat template's own setting, else by a limit.";
constexpr char kAboutBudget[] = "Most tokens of reasoning; then it is ended, and the response follows.";
constexpr char kAboutSwitch[] = "Whether the model reasons before it responds.";
constexpr char kAboutVisible[] = "Whether the reasoning is part of the response.";
constexpr char kAboutHidden[] = "true: the reasoning is no part of the response.";
constexpr char kAside[] = "Left aside.";

/// OpenAI's and OpenRouter's.
constexpr Parameter kReasoning[] = {
    {"effort", kEffort, kAboutEffort},
    {"enabled", Schema::boolean(), kAboutSwitch},
    {"max_tokens", kBudget, kAboutBudget},
    {"exclude", Schema::boolean(), kAboutHidden},
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
    {"display", Schema::any(), "\"omitted\": the reasoning is no part of the response."},
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

void read_effort(Parameters& parameters, std::string_view name, ThinkingWish& wish) {
  if (const auto effort = parameters.text(name)) wish.set_effort(*effort, parameters.path_of(name));
}

void read_budget(Parameters& parameters, std::string_view name, ThinkingWish& wish) {
  if (const auto budget = parameters.integer(name)) wish.set_budget(*budget, parameters.path_of(name));
}

void read_switch(Parameters& parameters, std::string_view name, ThinkingWish& wish) {
  const Json* on = parameters.find(name);
  if (on != nullptr && on->is_boolean()) wish.switch_to(on->get<bool>(), parameters.path_of(name));
}

void read_visible(Parameters& parameters, std::string_view name, bool visible_value, ThinkingWish& wish) {
  const auto value = parameters.boolean(name);
  if (value && *value != visible_value) wish.hide();
}

void read_reasoning(Parameters& parameters, ThinkingWish& wish) {
  auto reasoning = parameters.object("reasoning");
  if (!reasoning) return;
  read_switch(*reasoning, "enabled", wish);
  read_effort(*reasoning, "effort", wish);
  read_budget(*reasoning, "max_tokens", wish);
  read_visible(*reasoning, "exclude", false, wish);
}

void read_thinking(Parameters& parameters, ThinkingWish& wish) {
  read_switch(parameters, "thinking", wish);
  auto thinking = parameters.object("thinking");
  if (!thinking) return;
  const std::string type = *thinking->text("type");
  if (type == "enabled" || type == "disabled") {
    wish.switch_to(type == "enabled", parameters.path_of("thinking"));
  } else {
    wish.allow();
  }
  read_budget(*thinking, "budget_tokens", wish);
  const Json* display = thinking->find("display");
  if (display != nullptr && *display == "omitted") wish.hide();
}

void read_think(Parameters& parameters, ThinkingWish& wish) {
  const Json* value = parameters.find("think");
  if (value == nullptr) return;
  if (value->is_boolean()) {
    read_switch(parameters, "think", wish);
  } else {
    read_effort(parameters, "think", wish);
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

void read_model_hints(Parameters& parameters, const ApiModel& model, ChatPrompt& prompt) {
  ThinkingWish wish(*model.chat_template, model.reasoning, prompt.variables, prompt.thoughts, prompt.notes);
  wish.heed_variables();
  read_effort(parameters, "reasoning_effort", wish);
  read_reasoning(parameters, wish);
  read_thinking(parameters, wish);
  read_think(parameters, wish);
  read_switch(parameters, "enable_thinking", wish);
  if (auto config = parameters.object("output_config")) read_effort(*config, "effort", wish);
  for (const std::string_view name :
       {"thinking_budget", "thinking_token_budget", "reasoning_budget", "reasoning_budget_tokens"}) {
    read_budget(parameters, name, wish);
  }
  read_visible(parameters, "include_reasoning", true, wish);
  for (const std::string_view name :
       {"separate_reasoning", "stream_reasoning", "reasoning_control", "reasoning_format"}) {
    parameters.find(name);
  }
  read_verbosity(parameters, *model.chat_template, prompt);
  read_context_management(parameters, prompt);
}

}  // namespace hearth::api
