#pragma once

#include "api/parameters/parameters.h"
#include "api/prompt/chat_prompt.h"

namespace hearth::api {

/// What clients ask of a model's manner, in the words of every API: how much it thinks
/// (`reasoning_effort`, `reasoning`, `thinking`, `enable_thinking`, `think`, `output_config`, budgets), how
/// much it says
/// (`verbosity`), what may be cleared from a conversation that grows long (`context_management`). What the
/// chat template can pass on becomes a variable of it, unless `chat_template_kwargs` has given that one; the
/// rest changes nothing and is a note of the prompt. Errors: kInvalidArgument for what is malformed,
/// kUnsupported where a model that thinks is asked to hide it.
ParameterList hint_parameters();
Status read_model_hints(Parameters& parameters, const ChatTemplate& chat_template, ChatPrompt& prompt);

/// `verbosity`, a member of several objects.
inline constexpr std::string_view kVerbosities[] = {"low", "medium", "high"};
inline constexpr Parameter kVerbosity = {
    "verbosity", Schema::choice(kVerbosities),
    "How much the model says. Left aside with a note where the chat template has no such setting."};
void read_verbosity(Parameters& parameters, const ChatTemplate& chat_template, ChatPrompt& prompt);

}  // namespace hearth::api
