#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/call/api_call.h"
#include "api/parameters/parameters.h"
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
  grammar::JsonForm json = {.escapes = grammar::JsonForm::Escapes::kNeeded};  ///< how JSON is written
  std::shared_ptr<grammar::QuoteDocuments> documents;
  bool close_in_budget = false;
  bool jump_forward = true;

  // From here on set by compile_form().
  std::optional<CompiledForm> compiled;  ///< none: any text
  std::vector<std::string> warnings;     ///< what the grammar tightened or left out
  /// Where the completion's thoughts are, which have no form; none: it has none.
  std::optional<ReasoningMarks> reasoning = {};
};

/// The names that OpenAI, Ollama, vLLM, SGLang, llama.cpp and TGI have for it, and our own options. One reads
/// them all.
ParameterList form_parameters();
/// Errors: kInvalidArgument for two forms, naming both parameters.
Result<OutputForm> read_form(Parameters& parameters);

inline constexpr Schema kAnyText = Schema::text(0);
inline constexpr Schema kAnyTexts = Schema::array(kAnyText, 0);
inline constexpr Schema kJsonSchemaForms[] = {Schema::structure(), Schema::boolean(), kAnyText};
/// A JSON Schema, or the text of one.
inline constexpr Schema kJsonSchema = Schema::either(kJsonSchemaForms);

inline constexpr Parameter kNamedSchema[] = {
    {"name", Schema::text(0, kMaxNameSize), "Left aside."},
    {"description", kAnyText, "Left aside: the messages say what is wanted."},
    {"schema", kJsonSchema, "The JSON Schema; without it any object."},
    {"strict", Schema::boolean(),
     "false: what cannot be held to exactly is left out, and the response's warnings name it. Otherwise it "
     "is "
     "refused.",
     "true"},
};

inline constexpr std::string_view kFormatTypes[] = {"text",  "json_object", "json_schema",
                                                    "regex", "grammar",     "structural_tag"};
inline constexpr Parameter kResponseFormatMembers[] = {
    {.name = "type", .schema = Schema::choice(kFormatTypes), .required = true},
    {"json_schema", Schema::object(kNamedSchema), "Of json_schema."},
    {"schema", kJsonSchema, "The JSON Schema itself, of json_schema and json_object."},
    {"name", Schema::text(0, kMaxNameSize), "Left aside."},
    {"description", kAnyText, "Left aside: the messages say what is wanted."},
    {"strict", Schema::boolean(), "As in json_schema.", "true"},
    {"regex", kAnyText, "Of regex: what the whole text matches."},
    {"pattern", kAnyText, "The same as regex."},
    {"grammar", kAnyText, "Of grammar: GBNF or Lark."},
    {"format", Schema::structure(), "Of structural_tag."},
    {"structures", Schema::structure(), "Of structural_tag, as it was before."},
    {"triggers", kAnyTexts, "Of structural_tag, as it was before."},
};

inline constexpr Schema kResponseFormat = Schema::object(kResponseFormatMembers);

/// `{"type": ..., ...}` as OpenAI's `response_format` and `text.format` have it.
Status read_response_format(Parameters& parameters, std::string_view name, OutputForm& form);

/// `output_config.format`, which is a member of what steers chats (api/prompt/model_hints.h).
Status read_output_config_form(Parameters& parameters, OutputForm& form);

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
