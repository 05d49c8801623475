#pragma once

#include "api/parameters/parameters.h"
#include "api/prompt/chat_prompt.h"

namespace hearth::api {

/// Reasoning effort (`reasoning_effort`, `reasoning`, `thinking`, `enable_thinking`, `think`,
/// `output_config`, budgets, `include_reasoning`), `verbosity` and `context_management`, under the names of
/// every API. What the chat template supports becomes one of its variables, unless `chat_template_kwargs`
/// sets that; what it does not, a limit of thoughts where the model has any. The rest has no effect and is
/// noted.
ParameterList hint_parameters();
void read_model_hints(Parameters& parameters, const ApiModel& model, ChatPrompt& prompt);

/// `verbosity`, a member of several objects.
inline constexpr std::string_view kVerbosities[] = {"low", "medium", "high"};
inline constexpr Parameter kVerbosity = {
    "verbosity", Schema::choice(kVerbosities),
    "How much the model says. Left aside with a note where the chat template has no such setting."};
void read_verbosity(Parameters& parameters, const ChatTemplate& chat_template, ChatPrompt& prompt);

}  // namespace hearth::api
