#pragma once

#include <string>
#include <vector>

#include "api/call/api_call.h"
#include "api/parameters/generation_parameters.h"

namespace hearth::api {

/// A prompt of /v1/completions, and its text for `echo`.
struct CompletionPrompt {
  Prompt prompt;
  std::string text;
  std::string path = {};  ///< in errors: "prompt", "prompt[1]"
};

inline constexpr size_t kMaxPrompts = 2048;

/// A text, token ids, or an array of either.
inline constexpr Schema kPromptId = Schema::token_id();
inline constexpr Schema kTextOrIds[] = {Schema::text(0), Schema::array(kPromptId, 1)};
inline constexpr Schema kOnePrompt = Schema::either(kTextOrIds);
inline constexpr Schema kPromptForms[] = {kTextOrIds[0], Schema::array(kOnePrompt, 1, kMaxPrompts),
                                          kTextOrIds[1]};
inline constexpr Schema kPrompts = Schema::either(kPromptForms);

/// Reads such a parameter. Texts are encoded with bos where the vocabulary adds it; control tokens in them
/// are recognized only with `parse_special`.
Result<std::vector<CompletionPrompt>> read_texts_or_ids(Parameters& parameters, std::string_view name,
                                                        const ApiCall& call, bool parse_special);

/// Whether the vocabulary has tokens around a gap that is to be filled.
bool can_infill(const Vocab& vocab);
/// What comes before and after a gap, for a model that fills it. Error: kUnsupported where it cannot.
Result<Prompt> infill_prompt(const ApiCall& call, const std::string& before, const std::string& after);

/// `prompt`, `suffix` and `parse_special`. Errors: kInvalidArgument naming the parameter, kUnsupported for a
/// suffix where the vocabulary has no tokens for it.
ParameterList prompt_parameters();
Result<std::vector<CompletionPrompt>> read_prompts(Parameters& parameters, const ApiCall& call);

}  // namespace hearth::api
