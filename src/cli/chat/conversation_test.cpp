#include "cli/chat/conversation.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/testing/tokenizer_fixture.h"

namespace hearth::cli {
namespace {

using Json = nlohmann::ordered_json;

Json load_fixture(const std::string& name) {
  return Json::parse(
      std::ifstream(std::filesystem::path(HEARTH_SOURCE_DIR) / "tests/fixtures/templates" / name));
}

/// The 64-bit FNV-1a hash.
std::string hash_of(std::string_view text) {
  uint64_t value = 0xcbf29ce484222325;
  for (const char c : text) value = (value ^ uint8_t(c)) * 0x100000001b3;
  return fmt::format("{:016x}", value);
}

// `hearth run` and the server's routes are held to the same prompts: see api/prompt_routes_test.cpp.
TEST(Conversation, GivesThePromptThatTheServerGives) {
  const auto tokenizer = Tokenizer::create(testing::vocab_of(testing::read_fixture("bpe_smollm.json")));
  ASSERT_TRUE(tokenizer.has_value());
  Conversation conversation;
  conversation.set_system("Be brief.");
  conversation.add_user("Hello there");
  conversation.add_assistant("Good day.");
  conversation.add_user("Tell me a joke.");
  const Json prompts = load_fixture("prompts.json"), templates = load_fixture("real.json");
  ASSERT_EQ(prompts["cases"][0]["name"], "words");
  size_t num_compared = 0;
  for (const Json& entry : templates["cases"]) {
    const std::string name = entry["name"], source = entry["template"];
    const Json& expected = prompts["cases"][0]["prompts"][name];
    // What prints today's date is another text every day.
    if (expected.is_null() || source.find("strftime_now") != source.npos) continue;
    const auto chat_template =
        ChatTemplate::parse(source, {.bos_token = "<s>",
                                     .eos_token = "</s>",
                                     .special_tokens = {{"pad_token", "<pad>"}, {"unk_token", "<unk>"}}});
    ASSERT_TRUE(chat_template.has_value()) << name;
    const auto prompt = conversation.prompt(*chat_template, *tokenizer);
    ASSERT_TRUE(prompt.has_value()) << name << ": " << prompt.error().message;
    const std::string text = tokenizer->decode(prompt->tokens(), true);
    EXPECT_EQ(hash_of(text), expected.get<std::string>()) << name << ":\n" << text;
    ++num_compared;
  }
  EXPECT_GT(num_compared, 50u);
}

}  // namespace
}  // namespace hearth::cli
