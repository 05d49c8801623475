#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "text/template/chat_template.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

Json load_fixture(const std::string& name) {
  std::ifstream file(std::string(HEARTH_SOURCE_DIR) + "/tests/fixtures/templates/" + name);
  return Json::parse(file);
}

Result<OriginText> render(const std::string& source, const Json& variables) {
  auto parsed = ChatTemplate::parse(source);
  if (!parsed) return std::unexpected(parsed.error());
  return parsed->render({.extra = variables});
}

/// Compares with what jinja2 makes of each template: the same text, the same refusal, or some error.
void expect_as_jinja2(const Json& fixture) {
  for (const Json& expected : fixture["cases"]) {
    const std::string source = expected["template"];
    SCOPED_TRACE(source);
    const auto text = render(source, fixture["context"]);
    if (expected.contains("out")) {
      if (!text) {
        ADD_FAILURE() << text.error().message << "\nexpected: " << expected["out"];
        continue;
      }
      EXPECT_EQ(text->text(), expected["out"].get<std::string>());
    } else if (text) {
      ADD_FAILURE() << "no error, but: " << text->text() << "\nexpected: " << expected.dump();
    } else if (expected.contains("raised")) {
      EXPECT_EQ(text.error().message, expected["raised"].get<std::string>());
      EXPECT_EQ(text.error().code, ErrorCode::kInvalidArgument);
    }
  }
}

TEST(JinjaLanguage, RendersAsJinja2Does) {
  const Json fixture = load_fixture("language.json");
  ASSERT_GT(fixture["cases"].size(), 1300u);
  expect_as_jinja2(fixture);
}

TEST(JinjaLanguage, RendersRandomTemplatesAsJinja2Does) {
  const Json fixture = load_fixture("random.json");
  ASSERT_GT(fixture["cases"].size(), 500u);
  expect_as_jinja2(fixture);
}

}  // namespace
}  // namespace hearth
