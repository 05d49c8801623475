#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/call/api_model.h"
#include "api/parameters/output_form.h"
#include "api/prompt/chat_prompt.h"
#include "api/tools/tool_request.h"
#include "engine/constrain/thought_limit.h"
#include "engine/schedule/request.h"

namespace hearth::api {

/// Control tokens that are marks of calls and thoughts: the parser must see them. Sorted.
std::vector<TokenId> mark_tokens(const ToolFormat& tools, const ReasoningFormat& reasoning,
                                 const Tokenizer& tokenizer);

/// The form in which a model writes calls: its own, or the one that it is told of.
const ToolFormat& call_format(const ApiModel& model);

/// Tells the model of the tools: through its chat template, or where that knows none, by a text of the
/// system, and then past calls and their results are text too. Ids that say which call they are for are put
/// into the model's form.
void offer_tools(const ToolRequest& request, const ApiModel& model, ChatPrompt& prompt);

/// What a completion must be where tools are strict or must be called. Errors: kInvalidArgument naming the
/// tool whose schema is refused, or for a second form; kUnsupported.
Status hold_to_tools(const ToolRequest& request, const ApiModel& model, OutputForm& form);

/// Whether thoughts can be left out of the response. Error: kUnsupported with log-probabilities, which are of
/// all tokens.
Status check_hidden(const Thoughts& thoughts, const ApiModel& model, bool logprobs);

/// How the completions of one prompt are read, and how much of them are thoughts.
class CompletionReading {
 public:
  CompletionReading() = default;
  /// Errors: those of the vocabulary.
  static Result<CompletionReading> create(const ToolRequest& request, const ApiModel& model,
                                          const Prompt& prompt, const Thoughts& thoughts);

  /// Whether completions may have parts other than content.
  bool has_parts() const { return bool(make_parser_); }
  /// `request` has its other constraints, and its max_tokens.
  void apply(GenerateRequest& request) const;

 private:
  Status set_limit(const ApiModel& model, std::string_view prompt, bool calls_tools);

  Thoughts thoughts_;
  std::optional<ThoughtLimit> limit_;
  ModelTokensPtr tokens_;  ///< null: no limit
  OutputParserMaker make_parser_;
  std::vector<TokenId> spelt_tokens_, stop_tokens_;
};

}  // namespace hearth::api
