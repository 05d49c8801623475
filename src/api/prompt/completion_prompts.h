#pragma once

#include <string>
#include <vector>

#include "api/call/api_call.h"
#include "api/parameters/generation_parameters.h"

namespace hearth::api {

/// A prompt of /v1/completions: its tokens, and the text that `echo` gives back.
struct CompletionPrompt {
  std::vector<TokenId> tokens;
  std::string text;
  std::string path = {};  ///< as errors name it: "prompt", "prompt[1]"
};

inline constexpr size_t kMaxPrompts = 2048;

/// Reads `prompt` (a text, token ids, or an array of either) and `suffix`. Texts are encoded as the
/// vocabulary wants whole texts, control tokens spelt in them included only where `parse_special` says so.
/// Errors: kInvalidArgument naming the parameter, kUnsupported for a suffix where the vocabulary has no
/// tokens for it.
Result<std::vector<CompletionPrompt>> read_prompts(ParameterReader& reader, const ApiCall& call);

/// Reads `name`: a text, token ids, or an array of either.
Result<std::vector<CompletionPrompt>> read_texts_or_ids(ParameterReader& reader, std::string_view name,
                                                        const ApiCall& call, bool parse_special);

}  // namespace hearth::api
