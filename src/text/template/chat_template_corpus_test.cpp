#include <algorithm>
#include <map>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "text/template/chat_template.h"
#include "text/testing/template_fixture.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

std::tm fixture_time() {
  // 2026-07-04 09:05:03, a Saturday
  std::tm time = {};
  time.tm_year = 126, time.tm_mon = 6, time.tm_mday = 4, time.tm_wday = 6, time.tm_yday = 184;
  time.tm_hour = 9, time.tm_min = 5, time.tm_sec = 3;
  return time;
}

ChatTemplateOptions options_of(const Json& tokens) {
  return {.bos_token = tokens["bos_token"].get<std::string>(),
          .eos_token = tokens["eos_token"].get<std::string>(),
          .special_tokens = {{"pad_token", tokens["pad_token"]}, {"unk_token", tokens["unk_token"]}}};
}

ChatTemplate::Input input_of(const Json& conversation) {
  ChatTemplate::Input input;
  input.messages = conversation["messages"];
  input.tools = conversation.value("tools", Json());
  input.documents = conversation.value("documents", Json());
  input.extra = conversation.value("extra", Json::object());
  input.add_generation_prompt = conversation.value("add_generation_prompt", true);
  input.local_time = fixture_time;
  return input;
}

/// The 64-bit FNV-1a hash.
std::string hash_of(std::string_view text) {
  uint64_t value = 0xcbf29ce484222325;
  for (const char c : text) value = (value ^ uint8_t(c)) * 0x100000001b3;
  return fmt::format("{:016x}", value);
}

/// As rendered.json keeps it: a hash of the text, "!" and the template's own message, or "!".
std::string shortened(const Result<OriginText>& text) {
  if (text) return hash_of(text->text());
  const bool refused =
      text.error().code == ErrorCode::kInvalidArgument && !text.error().message.starts_with("chat template:");
  return "!" + (refused ? text.error().message : "");
}

// Templates of real models and of every family of tool calls and reasoning, with every conversation.
TEST(ChatTemplateCorpus, RendersAsTransformersDoes) {
  const auto templates = testing::load_templates();
  const Json conversations = testing::load_template_fixture("conversations.json");
  const Json expected = testing::load_template_fixture("rendered.json");
  ASSERT_GE(expected["cases"].size(), 60u);
  ASSERT_GE(conversations["cases"].size(), 50u);
  ASSERT_EQ(expected["cases"].size(), templates.size());
  for (const Json& entry : expected["cases"]) {
    const std::string name = entry["name"];
    const auto parsed = ChatTemplate::parse(templates.at(name), options_of(conversations["tokens"]));
    ASSERT_TRUE(parsed.has_value()) << name << ": " << parsed.error().message;
    for (size_t i = 0; i < conversations["cases"].size(); ++i) {
      const Json& conversation = conversations["cases"][i];
      const auto text = parsed->render(input_of(conversation));
      EXPECT_EQ(shortened(text), entry["results"][i].get<std::string>())
          << name << " with " << conversation["name"] << ":\n"
          << (text ? text->text() : text.error().message)
          << "\n(tools/make_template_fixtures.py show prints what is expected)";
    }
  }
}

}  // namespace
}  // namespace hearth
