#pragma once

#include "api/parameters/parameter_reader.h"
#include "api/prompt/chat_prompt.h"

namespace hearth::api {

/// Reads what clients ask of a model's manner, in the words of every API: how much it thinks
/// (`reasoning_effort`, `reasoning`, `thinking`, `enable_thinking`, `think`, `output_config`, budgets), how
/// much it says
/// (`verbosity`), what may be cleared from a conversation that grows long (`context_management`). What the
/// chat template can pass on becomes a variable of it, unless `chat_template_kwargs` has given that one; the
/// rest changes nothing and is a note of the prompt. Errors: kInvalidArgument for what is malformed,
/// kUnsupported where a model that thinks is asked to hide it.
Status read_model_hints(ParameterReader& reader, const ChatTemplate& chat_template, ChatPrompt& prompt);

/// Reads a member `verbosity` of any object.
Status read_verbosity(ParameterReader& reader, const ChatTemplate& chat_template, ChatPrompt& prompt);

}  // namespace hearth::api
