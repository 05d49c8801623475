#pragma once

#include <string_view>

#include "api/parameters/output_form.h"
#include "api/parameters/parameters.h"

namespace hearth::api {

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

}  // namespace hearth::api
