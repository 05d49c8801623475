#include "grammar/rules/tags/xml_parameters.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/printable.h"

namespace hearth::grammar {
namespace {

constexpr std::string_view kEnd = "</parameter>";
constexpr std::string_view kAnnotations[] = {"title",    "description", "default",  "examples",
                                             "$comment", "deprecated",  "readOnly", "writeOnly"};

bool is_annotation(std::string_view keyword) {
  return std::ranges::find(kAnnotations, keyword) != std::end(kAnnotations);
}

class ParameterWriter {
 public:
  ParameterWriter(const JsonDocument& document, JsonId schema, RuleSet& rules, const GrammarHooks& hooks)
      : document_(document), schema_(schema), rules_(rules), hooks_(hooks) {
    blanks_ = rules_.repeat(
        rules_.code_points(CodePointSet({{' ', ' '}, {'\t', '\t'}, {'\n', '\n'}, {'\r', '\r'}})), 0);
  }

  Result<RuleSet::ExprId> write() {
    if (!document_.is(schema_, JsonKind::kObject)) {
      return fail(ErrorCode::kUnsupported, "the schema of parameters must be an object");
    }
    TRY(check_keywords());
    std::vector<RuleSet::ExprId> parts;
    if (const auto properties = document_.find(schema_, "properties")) {
      if (!document_.is(*properties, JsonKind::kObject)) {
        return fail(ErrorCode::kInvalidArgument, "properties is an object");
      }
      for (const auto& [key, value] : document_.members(*properties)) {
        const auto part = TRY(parameter(document_.text(key), value));
        parts.push_back(is_required(document_.text(key)) ? part : rules_.optional(part));
      }
    }
    parts.push_back(blanks_);
    return rules_.sequence(parts);
  }

 private:
  Status check_keywords() const {
    static constexpr std::string_view kKnown[] = {"type",  "properties",  "required", "additionalProperties",
                                                  "$defs", "definitions", "$schema",  "$id",
                                                  "strict"};
    for (const auto& [key, value] : document_.members(schema_)) {
      const std::string_view name = document_.text(key);
      if (!is_annotation(name) && std::ranges::find(kKnown, name) == std::end(kKnown)) {
        return fail(ErrorCode::kUnsupported, "{} is not supported in the schema of parameters",
                    hearth::quoted(name));
      }
    }
    const auto required = document_.find(schema_, "required");
    if (!required) return {};
    if (!document_.is(*required, JsonKind::kArray))
      return fail(ErrorCode::kInvalidArgument, "required is a list");
    const auto properties = document_.find(schema_, "properties");
    for (const JsonId name : document_.items(*required)) {
      if (!properties || !document_.find(*properties, document_.text(name))) {
        return fail(ErrorCode::kUnsupported, "required names {}, which is no property",
                    hearth::quoted(document_.text(name)));
      }
    }
    return {};
  }

  bool is_required(std::string_view name) const {
    const auto required = document_.find(schema_, "required");
    if (!required || !document_.is(*required, JsonKind::kArray)) return false;
    return std::ranges::any_of(document_.items(*required),
                               [&](JsonId id) { return document_.text(id) == name; });
  }

  Result<RuleSet::ExprId> parameter(std::string_view name, JsonId value) {
    if (name.find_first_of("<>\n") != name.npos) {
      return fail(ErrorCode::kUnsupported, "a parameter cannot be named {}", hearth::quoted(name));
    }
    const auto begin = rules_.literal(fmt::format("<parameter={}>", name));
    if (is_string(value)) return rules_.sequence({blanks_, begin, TRY(string_value(name, value))});
    auto grammar = hooks_.compile_schema(schema_of_property(name));
    if (!grammar) return std::unexpected(grammar.error());
    return rules_.sequence(
        {blanks_, begin, blanks_, rules_.nested(*std::move(grammar)), blanks_, rules_.literal(kEnd)});
  }

  bool is_string(JsonId value) const {
    if (!document_.is(value, JsonKind::kObject)) return false;
    const auto type = document_.find(value, "type");
    return type && document_.is(*type, JsonKind::kString) && document_.text(*type) == "string";
  }

  /// The raw text with its end.
  Result<RuleSet::ExprId> string_value(std::string_view name, JsonId value) {
    std::vector<JsonId> allowed;
    bool is_listed = false;
    for (const auto& [key, what] : document_.members(value)) {
      const std::string_view keyword = document_.text(key);
      if (keyword == "type" || is_annotation(keyword)) continue;
      if (keyword == "const" && !is_listed) {
        allowed.push_back(what);
      } else if (keyword == "enum" && !is_listed && document_.is(what, JsonKind::kArray)) {
        allowed.assign(document_.items(what).begin(), document_.items(what).end());
      } else {
        return fail(ErrorCode::kUnsupported, "{} is not supported for the string {}", hearth::quoted(keyword),
                    hearth::quoted(name));
      }
      is_listed = true;
    }
    if (!is_listed) return rules_.text_until({std::string(kEnd)});
    std::vector<RuleSet::ExprId> choices;
    for (const JsonId text : allowed) {
      const bool is_writable =
          document_.is(text, JsonKind::kString) && document_.text(text).find(kEnd) == std::string::npos;
      if (is_writable) choices.push_back(rules_.literal(document_.text(text)));
    }
    return rules_.sequence({blanks_, rules_.alternative(choices), blanks_, rules_.literal(kEnd)});
  }

  /// A schema that points to one property of this one, so that references in it lead where they did.
  std::string schema_of_property(std::string_view name) const {
    std::string pointer;
    for (const char c : name) {
      if (c == '~') {
        pointer += "~0";
      } else if (c == '/') {
        pointer += "~1";
      } else if (std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
                     .contains(c)) {
        pointer += c;
      } else {
        pointer += fmt::format("%{:02X}", uint8_t(c));
      }
    }
    std::string source(document_.source(schema_));
    std::string id = "urn:hearth:parameters";
    const auto own_id = document_.find(schema_, "$id");
    if (own_id && document_.is(*own_id, JsonKind::kString)) {
      id = document_.text(*own_id);
    } else {
      source.insert(1, fmt::format("\"$id\": \"{}\"{}", id, document_.members(schema_).empty() ? "" : ", "));
    }
    return fmt::format(R"({{"$ref": "{}#/properties/{}", "$defs": {{"parameters": {}}}}})", id, pointer,
                       source);
  }

  const JsonDocument& document_;
  JsonId schema_;
  RuleSet& rules_;
  const GrammarHooks& hooks_;
  RuleSet::ExprId blanks_;
};

}  // namespace

Result<RuleSet::ExprId> qwen_xml_parameters(const JsonDocument& document, JsonId schema, RuleSet& rules,
                                            const GrammarHooks& hooks) {
  return ParameterWriter(document, schema, rules, hooks).write();
}

}  // namespace hearth::grammar
