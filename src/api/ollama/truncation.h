#pragma once

#include "api/parameters/generation_parameters.h"
#include "api/prompt/chat_prompt.h"

namespace hearth::api {

/// A prompt that was made to fit, where that was asked for.
struct FittedPrompt {
  Prompt prompt;
  size_t num_dropped_tokens = 0;  ///< 0: it is whole
};

/// The prompt of a conversation, without its oldest turns where it would not fit: what the system says and
/// the last turn stay. Errors: those of the template; kContextOverflow where the last turn alone is too long.
Result<FittedPrompt> encode_truncated_chat(const ChatPrompt& chat, const ApiCall& call,
                                           const GenerationParameters& parameters);

/// A prompt without what stands behind its first `num_keep` tokens, as far as that is too much. It keeps room
/// for a completion of half the context, or as long as one may get.
FittedPrompt truncate_tokens(Prompt prompt, size_t num_keep, const GenerationParameters& parameters);

}  // namespace hearth::api
