#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "text/gotemplate/evaluator.h"
#include "text/gotemplate/parser.h"
#include "text/jinja/library/json.h"
#include "text/template/chat_template.h"

namespace hearth::gotemplate {
namespace {

using Json = nlohmann::ordered_json;

Json load_fixture(const std::string& name) {
  std::ifstream file(std::string(HEARTH_SOURCE_DIR) + "/tests/fixtures/templates/" + name);
  return Json::parse(file);
}

Result<std::string> render(std::string_view source, const Json& data, const JinjaLimits& limits = {}) {
  const Program program = TRY(parse(source, limits));
  jinja::Runtime runtime(limits);
  jinja::TextBuilder out(runtime);
  Evaluator evaluator(program, runtime);
  TRY(evaluator.run(out, TRY(jinja::from_json(runtime, data, Origin::kContent)), false));
  return out.take().text();
}

/// Go writes nil as "<no value>", which no prompt should hold.
std::string without_no_value(std::string text) {
  constexpr std::string_view kNoValue = "<no value>";
  for (size_t at = text.find(kNoValue); at != std::string::npos; at = text.find(kNoValue, at))
    text.erase(at, kNoValue.size());
  return text;
}

void expect_as_in_go(const Result<std::string>& text, const Json& expected) {
  if (expected.is_null()) {
    EXPECT_FALSE(text) << "no error, but: " << *text;
  } else if (!text) {
    ADD_FAILURE() << text.error().message << "\nexpected: " << expected;
  } else {
    EXPECT_EQ(*text, without_no_value(expected.get<std::string>()));
  }
}

TEST(GoTemplate, IsToldFromJinja) {
  for (const char* go :
       {"{{ .Prompt }}", "{{- range .Messages }}{{ .Content }}{{ end }}", "a {{if .System}}b{{end}}",
        "{{- /* comment */}}x", "{{ $last := 1 }}", "{{\n.Prompt}}", "{{ range $i, $m := .Messages }}",
        "{{ template \"a\" . }}", "{{ if eq 1 2 }}{{ end }}"}) {
    EXPECT_TRUE(is_go_template(go)) << go;
  }
  for (const char* jinja :
       {"{% for m in messages %}{{ m.content }}{% endfor %}", "{{ messages[0]['content'] }}",
        "{{- bos_token }}", "plain", "", "{{", "{% set x = '{{ .Prompt }}' %}", "{{ range is callable }}",
        "{{ range (3) }}", "{{ end }}", "{{ template ~ 'x' }}"}) {
    EXPECT_FALSE(is_go_template(jinja)) << jinja;
  }
}

TEST(GoTemplate, WritesWhatGoWrites) {
  const Json fixture = load_fixture("go_language.json");
  ASSERT_GT(fixture["cases"].size(), 120u);
  for (const Json& expected : fixture["cases"]) {
    const auto source = expected["template"].get<std::string>();
    SCOPED_TRACE(source);
    expect_as_in_go(render(source, fixture["context"]), expected["out"]);
  }
}

TEST(GoTemplate, WritesConversationsAsOllamaDoes) {
  const Json fixture = load_fixture("go_conversations.json");
  ASSERT_GE(fixture["cases"].size(), 60u);
  for (const Json& expected : fixture["cases"]) {
    const auto source = expected["template"].get<std::string>();
    const auto name = expected["conversation"].get<std::string>();
    SCOPED_TRACE(name + ": " + source);
    const auto parsed = ChatTemplate::parse(source);
    ASSERT_TRUE(parsed) << parsed.error().message;
    const Json& given = fixture["conversations"][name];
    ChatTemplate::Input input;
    input.messages = given["messages"];
    input.tools = given.value("tools", Json());
    if (const Json think = given.value("think", Json()); think.is_boolean()) input.extra["think"] = think;
    if (const Json level = given.value("think", Json()); level.is_string())
      input.extra["reasoning_effort"] = level;
    const auto text = parsed->render(input);
    expect_as_in_go(text ? Result<std::string>(text->text()) : std::unexpected(text.error()),
                    expected["out"]);
  }
}

}  // namespace
}  // namespace hearth::gotemplate
