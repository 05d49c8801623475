#include "server/html_reference.h"

#include <string_view>

#include "api/openapi/document.h"

namespace hearth::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Hearth</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
:root { color-scheme: light dark; }
code { font: 0.9em ui-monospace, monospace; }
summary { cursor: pointer; padding: 0.3rem 0; }
table { border-collapse: collapse; margin: 0.5rem 0 1rem 1rem; }
td { padding: 0.1rem 0.8rem 0.1rem 0; vertical-align: top; }
</style></head><body>
)";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// What a reference within the document stands for; the schema itself where it is none.
Json resolved(const Json& document, const Json& schema) {
  constexpr std::string_view kLocal = "#";
  const std::string reference = schema.is_object() ? text_of(schema, "$ref") : std::string();
  if (!reference.starts_with(kLocal)) return schema;
  const Json::json_pointer pointer(reference.substr(1));
  return document.contains(pointer) ? document.at(pointer) : schema;
}

std::string type_of(const Json& schema) {
  const auto type = schema.find("type");
  if (type == schema.end()) return schema.contains("enum") ? "enum" : "";
  if (type->is_string()) return type->get<std::string>();
  std::string text;
  for (const Json& one : *type) {
    if (!one.is_string() || one == "null") continue;
    if (!text.empty()) text += " or ";
    text += one.get<std::string>();
  }
  return text;
}

void add_row(std::string& page, const std::string& name, const Json& schema) {
  page += "<tr><td><code>" + escaped(name) + "</code></td><td>" + escaped(type_of(schema)) + "</td><td>" +
          escaped(text_of(schema, "description")) + "</td></tr>\n";
}

void add_operation(std::string& page, const Json& document, const std::string& method,
                   const std::string& path, const Json& operation) {
  std::string upper = method;
  for (char& c : upper) c = char(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  page += "<details><summary><code>" + upper + ' ' + escaped(path) + "</code> " +
          escaped(text_of(operation, "summary")) + "</summary>\n<p>" +
          escaped(text_of(operation, "description")) + "</p>\n<table>\n";
  if (const auto parameters = operation.find("parameters"); parameters != operation.end()) {
    for (const Json& one : *parameters) {
      const Json& parameter = resolved(document, one);
      add_row(page, text_of(parameter, "name"), parameter);
    }
  }
  const Json::json_pointer body("/requestBody/content/application~1json/schema");
  if (operation.contains(body)) {
    const Json& schema = resolved(document, operation.at(body));
    if (const auto properties = schema.find("properties"); properties != schema.end()) {
      for (const auto& [name, property] : properties->items()) {
        if (!property.contains(api::kLeftAside)) add_row(page, name, resolved(document, property));
      }
    }
  }
  page += "</table></details>\n";
}

/// What every route that reads JSON takes and leaves aside, once.
void add_left_aside(std::string& page, const Json& document) {
  const Json::json_pointer some("/components/schemas/CompletionRequest/properties");
  if (!document.contains(some)) return;
  page +=
      "<details><summary>Parameters that every request may carry and that change "
      "nothing</summary>\n<table>\n";
  for (const auto& [name, property] : document.at(some).items()) {
    if (property.contains(api::kLeftAside)) add_row(page, name, property);
  }
  page += "</table></details>\n";
}

}  // namespace

std::string html_reference(const Json& document) {
  std::string page(kHead);
  page +=
      "<h1>Hearth</h1>\n<p>The whole description, for programs: <a "
      "href=\"/openapi.json\">openapi.json</a></p>\n";
  if (const auto paths = document.find("paths"); paths != document.end()) {
    for (const auto& [path, operations] : paths->items()) {
      for (const auto& [method, operation] : operations.items()) {
        if (operation.is_object() && operation.contains("responses")) {
          add_operation(page, document, method, path, operation);
        }
      }
    }
  }
  add_left_aside(page, document);
  return page + "</body></html>\n";
}

}  // namespace hearth::server
