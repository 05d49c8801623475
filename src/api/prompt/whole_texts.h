#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/call/api_call.h"
#include "api/parameters/parameters.h"
#include "engine/schedule/request.h"
#include "text/input/text_input.h"

// Texts that a model reads whole, for their vectors or scores: what is too long is refused, or cut where the
// request asks for that.

namespace hearth::api {

/// `truncate_prompt_tokens` of vLLM and `truncate` of TEI and Ollama.
ParameterList truncation_parameters();

/// Most tokens that a text is cut to; kWholeText: none is cut. Error: kInvalidArgument for more than the
/// model reads.
Result<size_t> read_truncation(Parameters& parameters, const ApiModel& model);

/// A text, or two, as they are submitted.
struct WholeText {
  TextInput input;
  std::string path;  ///< in errors: "input[1]"
};

/// Error: kContextOverflow with both numbers for what is longer than the model reads; kInvalidArgument for
/// no tokens.
Status check_length(const WholeText& text, const ApiModel& model);
/// The same where less is read than the model could.
Status check_length(const WholeText& text, size_t max_tokens);

/// Two texts as the model scores them: as a pair, or in the prompt of one that answers yes or no. Errors:
/// those of encode_pair and encode_rerank_prompt, and of check_length.
Result<WholeText> scored_text(std::string_view first, std::string_view second, std::string path,
                              size_t max_tokens, const ApiCall& call);

/// The request for one.
GenerateRequest whole_text_request(WholeText text, Task task, const ApiCall& call);

/// What a header says of texts that were cut; nothing where none was.
std::vector<std::string> cut_notes(const std::vector<bool>& is_cut);

}  // namespace hearth::api
