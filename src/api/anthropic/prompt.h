#pragma once

#include "api/prompt/chat_prompt.h"

namespace hearth::api {

/// Reads Anthropic's `messages` and `system` into a conversation: tool results become messages of their own,
/// thinking becomes reasoning, a last message of the assistant is carried on. Errors: kInvalidArgument and
/// kUnsupported naming the member.
ParameterList anthropic_prompt_parameters();
Result<ChatPrompt> read_anthropic_prompt(Parameters& parameters);

}  // namespace hearth::api
