#include "api/parameters/form_parameters.h"

#include <array>
#include <utility>

#include "api/call/api_error.h"

namespace hearth::api {
namespace {

constexpr char kAnyObject[] = R"({"type": "object"})";

constexpr Schema kTagParts[] = {Schema::structure(), kAnyText};
constexpr Schema kTag = Schema::either(kTagParts);

constexpr Parameter kStructuredOutputs[] = {
    {"json", kJsonSchema, "A JSON Schema, or the text of one."},
    {"regex", kAnyText, "What the whole text matches."},
    {"choice", kAnyTexts, "The text is one of these."},
    {"grammar", kAnyText, "GBNF or Lark."},
    {"json_object", Schema::boolean(), "true: any JSON object."},
    {"structural_tag", kTag, "Free text with constrained stretches."},
    {"disable_any_whitespace", Schema::boolean(), "true: the same as json_whitespace \"compact\"."},
    {"disable_fallback", Schema::boolean(), "Left aside: there is one engine."},
    {"disable_additional_properties", Schema::only("[false]", "say additionalProperties in the schema"),
     "Left aside."},
    {"whitespace_pattern", Schema::only(R"([""])", "json_whitespace says where white space may be"),
     "Left aside."},
    {"_backend", Schema::any(), "Left aside."},
};

constexpr std::string_view kTgiTypes[] = {"json", "json_schema", "regex"};
constexpr Parameter kTgiGrammar[] = {
    {.name = "type", .schema = Schema::choice(kTgiTypes), .required = true},
    {.name = "value", .schema = Schema::any(), .description = "The schema or the regex.", .required = true},
};
constexpr Schema kGrammarForms[] = {kAnyText, Schema::object(kTgiGrammar)};

constexpr Parameter kDocument[] = {
    {.name = "id",
     .schema = Schema::text(1, kMaxNameSize),
     .description = "Its name in quotes.",
     .required = true},
    {.name = "text", .schema = kAnyText, .description = "What it says.", .required = true},
};
constexpr Schema kOllamaForms[] = {kAnyText, Schema::structure()};
constexpr Schema kDocumentForm = Schema::object(kDocument);

constexpr std::array<std::string_view, 4> kWhitespace = {"compact", "spaced", "flexible", "any"};
constexpr std::array<std::string_view, 2> kOrders = {"schema", "any"};

constexpr Parameter kForms[] = {
    {"response_format", kResponseFormat, "The form of the text, as OpenAI has it."},
    {"output_format", kResponseFormat, "The form of the text, as Anthropic had it."},
    {"structured_outputs", Schema::object(kStructuredOutputs),
     "The form of the text, as vLLM has it: one of them."},
    {"guided_json", kJsonSchema, "vLLM's former name for structured_outputs.json."},
    {"guided_regex", kAnyText, "vLLM's former name for structured_outputs.regex."},
    {"guided_choice", kAnyTexts, "vLLM's former name for structured_outputs.choice."},
    {"guided_grammar", kAnyText, "vLLM's former name for structured_outputs.grammar."},
    {"guided_decoding_backend", kAnyText, "Left aside: there is one engine."},
    {"guided_whitespace_pattern", Schema::only(R"([""])", "json_whitespace says where white space may be"),
     "Left aside."},
    {"format", Schema::either(kOllamaForms),
     "\"json\" for any object, or a JSON Schema or its text, as Ollama has it."},
    {"json_schema", kJsonSchema, "A JSON Schema, as llama.cpp and SGLang have it."},
    {"regex", kAnyText, "What the whole text matches, as SGLang has it."},
    {"ebnf", kAnyText, "GBNF, as SGLang has it."},
    {"structural_tag", kTag, "Free text with constrained stretches, as SGLang has it."},
    {"grammar", Schema::either(kGrammarForms),
     "GBNF or Lark, as llama.cpp has it; {type, value} as TGI has it."},
    {"lark", kAnyText, "A grammar of Lark."},
    {"json_whitespace", Schema::choice(kWhitespace),
     "White space in JSON that is asked for: none; one space behind , and :; as printers put it; any.",
     R"("flexible")"},
    {"json_property_order", Schema::choice(kOrders),
     "Whether listed properties come in the schema's order, others behind them.", R"("schema")"},
    {"documents", Schema::array(kDocumentForm, 0), "What x-hearth-quote in a schema quotes from."},
    {"close_in_budget", Schema::boolean(),
     "The text is whole, in its form, within max_tokens; refused where that is too few. Not where the model "
     "thinks first.",
     "false"},
    {"jump_forward", Schema::boolean(), "false: also what has no alternative is drawn token by token.",
     "true"},
};

Status want(OutputForm& form, std::string path, GrammarSource source) {
  if (form.wanted) {
    return fail_hint(ErrorCode::kInvalidArgument, "give one of them",
                     "{}: cannot be combined with {}, which says another form", path, form.wanted->path);
  }
  form.wanted = {std::move(path), std::move(source)};
  return {};
}

GrammarSource source_of(GrammarKind kind, std::string text) {
  GrammarSource source;
  source.kind = kind;
  source.text = std::move(text);
  return source;
}

/// The text of what may be text or JSON.
std::string text_or_json(const Json& value) {
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

Status want_schema(OutputForm& form, std::string path, const Json& schema, bool strict = true) {
  GrammarSource source = source_of(GrammarKind::kJsonSchema, text_or_json(schema));
  source.strict = strict;
  return want(form, std::move(path), std::move(source));
}

/// An empty text, by which clients say that they want no form.
bool says_nothing(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().empty();
}

/// Text that says a form; empty, it says none, as clients do that send all that they know.
Status want_text(Parameters& parameters, std::string_view name, GrammarKind kind, OutputForm& form) {
  const Json* value = parameters.find(name);
  if (value == nullptr || says_nothing(*value)) return {};
  return want(form, parameters.path_of(name), source_of(kind, text_or_json(*value)));
}

/// The same inside of what asks for a form: empty, it is an error.
Status want_some_text(Parameters& parameters, std::string_view name, GrammarKind kind, OutputForm& form) {
  const Json* value = parameters.find(name);
  if (value != nullptr && says_nothing(*value)) {
    return fail(ErrorCode::kInvalidArgument, "{}: is empty", parameters.path_of(name));
  }
  return want_text(parameters, name, kind, form);
}

Status want_choice(Parameters& parameters, std::string_view name, OutputForm& form) {
  const Json* value = parameters.find(name);
  if (value == nullptr) return {};
  if (value->empty()) {
    return fail(ErrorCode::kInvalidArgument, "{}: there is nothing to choose from", parameters.path_of(name));
  }
  GrammarSource source = source_of(GrammarKind::kChoice, {});
  source.choices = value->get<std::vector<std::string>>();
  return want(form, parameters.path_of(name), std::move(source));
}

Status read_structured_outputs(Parameters& parameters, OutputForm& form) {
  auto outputs = parameters.object("structured_outputs");
  if (!outputs) return {};
  for (const std::string_view name :
       {"disable_fallback", "disable_additional_properties", "whitespace_pattern", "_backend"}) {
    outputs->find(name);
  }
  if (outputs->boolean("disable_any_whitespace").value_or(false)) {
    form.json.whitespace = grammar::JsonForm::Whitespace::kCompact;
  }
  TRY(want_some_text(*outputs, "json", GrammarKind::kJsonSchema, form));
  TRY(want_some_text(*outputs, "regex", GrammarKind::kRegex, form));
  TRY(want_choice(*outputs, "choice", form));
  TRY(want_some_text(*outputs, "grammar", GrammarKind::kRules, form));
  TRY(want_some_text(*outputs, "structural_tag", GrammarKind::kStructuralTag, form));
  if (outputs->boolean("json_object").value_or(false)) {
    return want(form, outputs->path_of("json_object"), source_of(GrammarKind::kJsonSchema, kAnyObject));
  }
  if (form.wanted) return {};
  return fail_hint(ErrorCode::kInvalidArgument,
                   "give one of json, regex, choice, grammar, json_object, structural_tag",
                   "{}: says no form", parameters.path_of("structured_outputs"));
}

Status read_tgi_grammar(Parameters grammar, OutputForm& form) {
  const std::string type = *grammar.text("type");
  const Json& value = *grammar.find("value");
  const std::string path = grammar.path_of("value");
  if (type != "regex") {
    const bool is_named = type == "json_schema" && value.is_object() && value.contains("schema");
    return want_schema(form, path, is_named ? value["schema"] : value);
  }
  if (!value.is_string()) return fail(ErrorCode::kInvalidArgument, "{}: a regex is a text", path);
  return want(form, path, source_of(GrammarKind::kRegex, value.get<std::string>()));
}

Status read_grammar(Parameters& parameters, OutputForm& form) {
  if (auto of_tgi = parameters.object("grammar")) return read_tgi_grammar(*std::move(of_tgi), form);
  return want_text(parameters, "grammar", GrammarKind::kRules, form);
}

Status read_ollama_format(Parameters& parameters, OutputForm& form) {
  const Json* value = parameters.find("format");
  if (value == nullptr || says_nothing(*value)) return {};
  if (*value == "json") return want(form, "format", source_of(GrammarKind::kJsonSchema, kAnyObject));
  if (value->is_string() && !value->get_ref<const std::string&>().starts_with('{')) {
    return fail_hint(ErrorCode::kInvalidArgument, "write \"json\" or a JSON Schema",
                     "format: must be \"json\" or a JSON Schema");
  }
  return want_schema(form, "format", *value);
}

Status read_options(Parameters& parameters, OutputForm& form) {
  using Whitespace = grammar::JsonForm::Whitespace;
  using Order = grammar::JsonForm::Order;
  const auto index_of = [](const auto& names, std::string_view name) {
    return size_t(std::ranges::find(names, name) - names.begin());
  };
  form.json.whitespace = Whitespace(index_of(kWhitespace, *parameters.text("json_whitespace")));
  form.json.order = Order(index_of(kOrders, *parameters.text("json_property_order")));
  form.close_in_budget = parameters.flag("close_in_budget");
  form.jump_forward = parameters.flag("jump_forward");
  const Json* documents = parameters.find("documents");
  if (documents == nullptr || documents->empty()) return {};
  std::vector<grammar::QuoteDocument> read;
  for (const Json& one : *documents) {
    read.push_back({one["id"].get<std::string>(), one["text"].get<std::string>()});
  }
  auto made = grammar::QuoteDocuments::create(std::move(read), {});
  if (!made) return std::unexpected(about("documents", std::move(made.error())));
  form.documents = *std::move(made);
  return {};
}

}  // namespace

ParameterList form_parameters() { return {kForms}; }

Status read_response_format(Parameters& parameters, std::string_view name, OutputForm& form) {
  auto format = parameters.object(name);
  if (!format) return {};
  const std::string type = *format->text("type");
  if (type == "text") return {};
  if (type == "structural_tag") {
    const Json* whole = parameters.find(name);
    return want(form, parameters.path_of(name), source_of(GrammarKind::kStructuralTag, dump_json(*whole)));
  }
  if (type == "grammar" || type == "regex") {
    const bool has_pattern = type == "regex" && format->find("regex") == nullptr;
    const std::string member = has_pattern ? "pattern" : type;
    if (format->find(member) == nullptr) {
      return fail(ErrorCode::kInvalidArgument, "{}: is needed for the type {}", format->path_of(type), type);
    }
    const GrammarKind kind = type == "regex" ? GrammarKind::kRegex : GrammarKind::kRules;
    return want_some_text(*format, member, kind, form);
  }
  auto named = format->object("json_schema");
  Parameters& holder = named ? *named : *format;
  if (const Json* schema = holder.find("schema")) {
    return want_schema(form, holder.path_of("schema"), *schema, holder.flag("strict"));
  }
  if (type == "json_schema" && !named) {
    return fail(ErrorCode::kInvalidArgument, "{}: is needed for the type json_schema",
                format->path_of("json_schema"));
  }
  return want(form, parameters.path_of(name), source_of(GrammarKind::kJsonSchema, kAnyObject));
}

Result<OutputForm> read_form(Parameters& parameters) {
  OutputForm form;
  TRY(read_options(parameters, form));
  TRY(read_response_format(parameters, "response_format", form));
  TRY(read_response_format(parameters, "output_format", form));
  TRY(read_structured_outputs(parameters, form));
  TRY(want_text(parameters, "guided_json", GrammarKind::kJsonSchema, form));
  TRY(want_text(parameters, "guided_regex", GrammarKind::kRegex, form));
  TRY(want_choice(parameters, "guided_choice", form));
  TRY(want_text(parameters, "guided_grammar", GrammarKind::kRules, form));
  TRY(read_ollama_format(parameters, form));
  TRY(want_text(parameters, "json_schema", GrammarKind::kJsonSchema, form));
  TRY(want_text(parameters, "regex", GrammarKind::kRegex, form));
  TRY(want_text(parameters, "ebnf", GrammarKind::kRules, form));
  TRY(want_text(parameters, "structural_tag", GrammarKind::kStructuralTag, form));
  TRY(read_grammar(parameters, form));
  TRY(want_text(parameters, "lark", GrammarKind::kRules, form));
  for (const std::string_view name : {"guided_decoding_backend", "guided_whitespace_pattern"}) {
    parameters.find(name);
  }
  return form;
}

Status read_output_config_form(Parameters& parameters, OutputForm& form) {
  auto config = parameters.object("output_config");
  if (!config) return {};
  return read_response_format(*config, "format", form);
}

}  // namespace hearth::api
