#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/call/api_call.h"
#include "api/call/json.h"
#include "engine/constrain/after_reasoning.h"
#include "engine/constrain/grammar_cache.h"
#include "engine/schedule/prompt.h"

namespace hearth::api {

/// The form that a completion must have, and the parameter that says so.
struct WantedForm {
  std::string path;
  GrammarSource source;
};

/// What a request says of its completions' form.
struct OutputForm {
  std::optional<WantedForm> wanted;
  grammar::JsonForm json = {.escapes = grammar::JsonForm::Escapes::kNeeded,
                            .plain_integers = true};  ///< how JSON is written
  std::shared_ptr<grammar::QuoteDocuments> documents;
  bool close_in_budget = false;
  bool jump_forward = true;
  bool has_thoughts = false;  ///< it says itself where thoughts may be

  // From here on set by compile_form().
  std::optional<CompiledForm> compiled;  ///< none: any text
  std::vector<std::string> warnings;     ///< what the grammar tightened or left out
  /// Where the completion's thoughts are, which have no form; none: it has none.
  std::optional<ReasoningMarks> reasoning = {};
};

/// Compiles it for the call's model. Errors: kInvalidArgument and kUnsupported naming the parameter and what
/// in it is wrong.
Status compile_form(OutputForm& form, const ApiCall& call);

/// Whether a text of the form fits into so many tokens, where that is asked for. Error: kInvalidArgument.
Status check_budget(const OutputForm& form, size_t max_tokens);

/// Lets the thoughts of a chat's completion pass, where the model has any. Error: kUnsupported where the text
/// must be whole in its budget, which thoughts may use up.
Status set_reasoning(OutputForm& form, const Prompt& prompt, const ApiModel& model);

/// Adds `warnings` to a response, where there are any.
void add_warnings(const OutputForm& form, Json& response);
/// Adds to a choice, or to a response of one, where the quotes in its whole text stand: `quotes`.
void add_quotes(const OutputForm& form, std::string_view text, Json& choice);

/// What holds a completion to the form; null where it may be any text.
std::unique_ptr<TokenConstraint> make_constraint(const OutputForm& form, size_t max_tokens);

}  // namespace hearth::api
