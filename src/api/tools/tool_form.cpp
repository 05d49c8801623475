#include "api/tools/tool_form.h"

#include <algorithm>

#include "text/template/mark_pieces.h"

namespace hearth::api {
namespace {

// More calls in one turn are a model that goes in circles.
constexpr int kMaxCalls = 8;
constexpr std::string_view kMistralMark = "[TOOL_CALLS]";

Json text(std::string_view value) { return {{"type", "const_string"}, {"value", value}}; }
Json any_of(Json elements) { return {{"type", "or"}, {"elements", std::move(elements)}}; }
Json sequence(Json elements) { return {{"type", "sequence"}, {"elements", std::move(elements)}}; }
Json optional(Json content) { return {{"type", "optional"}, {"content", std::move(content)}}; }
Json schema_text(const Json& schema) { return {{"type", "json_schema"}, {"json_schema", schema}}; }

/// Without further arguments where the schema only lists some: a tool has no use for others, and a model may
/// not come to an end of making them up.
Json closed(Json parameters) {
  for (const char* name : {"additionalProperties", "unevaluatedProperties", "patternProperties", "allOf",
                           "anyOf", "oneOf", "$ref", "if", "dependentSchemas"}) {
    if (parameters.contains(name)) return parameters;
  }
  parameters["additionalProperties"] = false;
  return parameters;
}

class FormWriter {
 public:
  FormWriter(const ToolRequest& request, const ToolFormat& format, const Tokenizer& tokenizer)
      : request_(request), format_(format), tokenizer_(tokenizer) {}

  Result<Json> write() {
    std::vector<const Tool*> tools;
    for (const Tool& tool : request_.tools->all()) {
      if (request_.named.empty() || tool.name == request_.named) tools.push_back(&tool);
    }
    const bool is_only_one = !request_.parallel || !request_.named.empty() || !format_.parallel;
    Json form =
        format_.shape == ToolShape::kHarmony ? messages(tools, is_only_one) : section(tools, is_only_one);
    if (request_.mode == ToolRequest::Mode::kAuto) form = TRY(after_text(std::move(form)));
    return Json{{"type", "structural_tag"}, {"format", std::move(form)}};
  }

 private:
  bool is_control(std::string_view mark) const {
    const auto id = tokenizer_.vocab().find(mark);
    return id && tokenizer_.is_control(*id);
  }

  /// A mark as it is tokenized: control tokens, text between them, any id in place of the id's mark.
  void add_mark(std::string_view mark, Json& elements) const {
    std::string plain;
    const auto flush = [&] {
      if (!plain.empty()) elements.push_back(text(plain));
      plain.clear();
    };
    for (const std::string_view piece : mark_pieces(mark)) {
      if (piece.size() == 1 && piece[0] == ToolFormat::kIdMark) {
        flush();
        // Mistral's have nine letters and digits; others are numbers.
        const bool is_mistral =
            format_.section_open.starts_with(kMistralMark) || format_.call_open.starts_with(kMistralMark);
        elements.push_back(
            {{"type", "regex"}, {"pattern", is_mistral ? "^[a-zA-Z0-9]{9}$" : "^[a-zA-Z0-9]{1,9}$"}});
      } else if (piece.size() > 1 && is_control(piece)) {
        flush();
        elements.push_back({{"type", "token"}, {"token", piece}});
      } else {
        plain += piece;
      }
    }
    flush();
  }

  Json section(const std::vector<const Tool*>& tools, bool is_only_one) {
    const auto one_of = [&](bool is_first) {
      Json choices = Json::array();
      for (const Tool* tool : tools) choices.push_back(call(*tool, is_first));
      return any_of(std::move(choices));
    };
    Json elements = Json::array();
    add_mark(format_.section_open, elements);
    elements.push_back(one_of(true));
    if (!is_only_one) {
      Json next = Json::array();
      add_mark(format_.separator, next);
      next.push_back(one_of(false));
      elements.push_back(
          {{"type", "repeat"}, {"content", sequence(std::move(next))}, {"min", 0}, {"max", kMaxCalls - 1}});
    }
    if (!trimmed_mark(format_.section_open).empty()) add_mark(format_.section_close, elements);
    return sequence(std::move(elements));
  }

  Json call(const Tool& tool, bool is_first) {
    Json elements = Json::array();
    if (!is_first || !format_.begun_by_prompt) add_mark(format_.call_open, elements);
    elements.push_back(text(format_.name_prefix + tool.name));
    if (format_.indexed_ids) elements.push_back({{"type", "regex"}, {"pattern", "^:[0-9]{1,3}$"}});
    add_mark(format_.name_end, elements);
    switch (format_.shape) {
      case ToolShape::kTagged:
        add_tagged(tool, elements);
        break;
      case ToolShape::kPythonic:
        elements.push_back(listed(tool, "=", false));
        break;
      case ToolShape::kGemma:
        elements.push_back(listed(tool, ":", true));
        break;
      default:
        elements.push_back(schema_text(closed(tool.parameters)));
    }
    add_mark(format_.call_close, elements);
    return sequence(std::move(elements));
  }

  // Arguments one by one ------------------------------------------------------------------------------------

  struct Argument {
    std::string key;
    Json schema;
    bool required;
  };

  static std::vector<Argument> arguments(const Tool& tool) {
    std::vector<Argument> all;
    const Json properties = tool.parameters.value("properties", Json::object());
    const Json required = tool.parameters.value("required", Json::array());
    for (const auto& [key, schema] : properties.items()) {
      const bool is_required =
          required.is_array() && std::ranges::find(required, Json(key)) != required.end();
      all.push_back({key, schema, is_required});
    }
    return all;
  }

  /// A value's schema, which may refer to definitions of the whole.
  static Json whole_schema(const Tool& tool, const Json& schema) {
    Json whole = schema;
    for (const char* name : {"$defs", "definitions"}) {
      if (whole.is_object() && tool.parameters.contains(name)) whole[name] = tool.parameters[name];
    }
    return whole;
  }

  /// Whether the schema of a text may say more of it than that it is one.
  static bool says_more(const Json& schema) {
    static constexpr std::string_view kNothing[] = {"type", "title", "description", "default", "examples"};
    return schema.is_object() && std::ranges::any_of(schema.items(), [](const auto& member) {
             return std::ranges::find(kNothing, member.key()) == std::end(kNothing);
           });
  }

  Json bare_text(const Tool& tool, const Argument& argument, std::string_view end) {
    Json ending = Json::array();
    add_mark(end, ending);
    if (argument.schema.is_object() && argument.schema.contains("enum")) {
      Json choices = Json::array();
      for (const Json& value : argument.schema["enum"]) {
        if (value.is_string()) choices.push_back(text(value.get_ref<const std::string&>()));
      }
      if (!choices.empty()) {
        ending.insert(ending.begin(), any_of(std::move(choices)));
        return sequence(std::move(ending));
      }
    }
    const std::string_view mark = trimmed_mark(end);
    if (says_more(argument.schema)) {
      Json held = {{"type", "plain_string"},
                   {"json_schema", whole_schema(tool, argument.schema)},
                   {"place", fmt::format("tools: {}: /properties/{}", tool.name, argument.key)}};
      if (!is_control(mark)) held["excludes"] = mark;
      ending.insert(ending.begin(), std::move(held));
      return sequence(std::move(ending));
    }
    if (is_control(mark)) {
      ending.insert(ending.begin(), Json{{"type", "any_text"}});
      return sequence(std::move(ending));
    }
    return {{"type", "tag"}, {"begin", ""}, {"content", {{"type", "any_text"}}}, {"end", end}};
  }

  void add_tagged(const Tool& tool, Json& elements) {
    for (const Argument& argument : arguments(tool)) {
      const uint8_t types = argument_types(&tool, argument.key);
      const bool is_text = (types & kStringArgument) != 0;
      std::string key_close = format_.key_close;
      if (const size_t at = key_close.find("string=\"true\""); at != key_close.npos && !is_text) {
        key_close.replace(at, std::string_view("string=\"true\"").size(), "string=\"false\"");
      }
      Json one = Json::array();
      add_mark(format_.key_open, one);
      one.push_back(text(argument.key));
      add_mark(key_close, one);
      if (is_text) {
        one.push_back(bare_text(tool, argument, format_.value_close));
      } else {
        one.push_back(schema_text(whole_schema(tool, argument.schema)));
        add_mark(format_.value_close, one);
      }
      Json whole = sequence(std::move(one));
      elements.push_back(argument.required ? std::move(whole) : optional(std::move(whole)));
    }
  }

  /// key=value, key=value: those that are not required may be missing.
  Json listed(const Tool& tool, std::string_view equals, bool is_gemma) {
    const std::vector<Argument> all = arguments(tool);
    const std::string_view comma = is_gemma ? "," : ", ";
    const auto pair = [&](const Argument& argument) {
      Json one = Json::array({text(argument.key + std::string(equals))});
      if (is_gemma && argument_types(&tool, argument.key) == kStringArgument) {
        add_mark("<|\"|>", one);
        one.push_back(bare_text(tool, argument, "<|\"|>"));
      } else {
        one.push_back(schema_text(whole_schema(tool, argument.schema)));
      }
      return sequence(std::move(one));
    };
    // What follows once there is an argument; then what there may be before the first.
    Json behind = sequence(Json::array()), result = sequence(Json::array());
    for (size_t i = all.size(); i > 0; --i) {
      const Argument& argument = all[i - 1];
      Json first = sequence(Json::array({pair(argument), behind}));
      result =
          argument.required ? std::move(first) : any_of(Json::array({std::move(first), std::move(result)}));
      Json next = sequence(Json::array({text(comma), pair(argument)}));
      behind = sequence(
          Json::array({argument.required ? std::move(next) : optional(std::move(next)), std::move(behind)}));
    }
    return result;
  }

  // Harmony -------------------------------------------------------------------------------------------------

  Json messages(const std::vector<const Tool*>& tools, bool is_only_one) {
    Json choices = Json::array();
    const bool has_tags = !format_.key_open.empty();
    for (const Tool* tool : tools) {
      Json elements = Json::array();
      add_mark(has_tags
                   ? " to=" + tool->name + "<|message|>"
                   : "<|channel|>commentary to=functions." + tool->name + " <|constrain|>json<|message|>",
               elements);
      if (has_tags) {
        elements.push_back(tagged_body(*tool));
      } else {
        elements.push_back(schema_text(closed(tool->parameters)));
      }
      choices.push_back(sequence(std::move(elements)));
    }
    Json thought = Json::array();
    add_mark(has_tags ? " to=self<|message|>" : "<|channel|>analysis<|message|>", thought);
    thought.push_back({{"type", "any_text"}});
    add_mark(has_tags ? "<|eom|><|start|>assistant" : "<|end|><|start|>assistant", thought);
    Json elements = Json::array({optional(sequence(std::move(thought))), any_of(choices)});
    if (!is_only_one) {
      Json next = Json::array();
      add_mark("<|eom|><|start|>assistant", next);
      next.push_back(any_of(std::move(choices)));
      elements.push_back(
          {{"type", "repeat"}, {"content", sequence(std::move(next))}, {"min", 0}, {"max", kMaxCalls - 1}});
    }
    return sequence(std::move(elements));
  }

  Json tagged_body(const Tool& tool) {
    Json elements = Json::array();
    add_mark(format_.call_open, elements);
    elements.push_back(text(tool.name));
    add_mark(format_.name_end, elements);
    add_tagged(tool, elements);
    add_mark(format_.call_close, elements);
    return sequence(std::move(elements));
  }

  // By choice -----------------------------------------------------------------------------------------------

  /// Text, and then calls or none.
  Result<Json> after_text(Json calls) {
    const auto triggers = format_.triggers();
    if (triggers.empty()) {
      return fail_hint(ErrorCode::kUnsupported, "ask for a call by tool_choice",
                       "tools: this model's calls begin like any text, so that strict tools and single calls "
                       "cannot be held to");
    }
    Json said = {{"type", "any_text"}};
    if (!is_control(triggers[0].mark)) said["excludes"] = Json::array({triggers[0].mark});
    return sequence(Json::array({std::move(said), optional(std::move(calls))}));
  }

  const ToolRequest& request_;
  const ToolFormat& format_;
  const Tokenizer& tokenizer_;
};

}  // namespace

Result<std::optional<Json>> tool_form(const ToolRequest& request, const ToolFormat& format,
                                      const Tokenizer& tokenizer) {
  if (!request.offers()) return std::nullopt;
  const bool is_strict = std::ranges::any_of(request.tools->all(), &Tool::strict);
  const bool is_free = request.mode == ToolRequest::Mode::kAuto && !is_strict;
  if (is_free && (request.parallel || format.triggers().empty())) return std::nullopt;
  return TRY(FormWriter(request, format, tokenizer).write());
}

}  // namespace hearth::api
