#include <map>

#include <gmock/gmock.h>

#include "api/anthropic/messages.h"
#include "api/openai/chat.h"
#include "api/openai/responses.h"
#include "api/testing/api_fixture.h"
#include "api/tokenize.h"
#include "text/testing/template_fixture.h"

namespace hearth::api {
namespace {

/// The 64-bit FNV-1a hash.
std::string hash_of(std::string_view text) {
  uint64_t value = 0xcbf29ce484222325;
  for (const char c : text) value = (value ^ uint8_t(c)) * 0x100000001b3;
  return fmt::format("{:016x}", value);
}

/// One way to a prompt: its tokens, or the error's message.
struct Route {
  std::string name;
  Result<std::vector<TokenId>> prompt;
};

class PromptRoutesTest : public testing::ApiFixture {
 public:
  PromptRoutesTest() {
    model.context = size_t(1) << 20;
    // 2026-07-04 09:05:03, a Saturday
    std::tm& time = call.local_time;
    time.tm_year = 126, time.tm_mon = 6, time.tm_mday = 4, time.tm_wday = 6, time.tm_yday = 184;
    time.tm_hour = 9, time.tm_min = 5, time.tm_sec = 3;
  }

  static Result<std::vector<TokenId>> prompt_of(Result<std::unique_ptr<Exchange>> made) {
    if (!made) return std::unexpected(std::move(made).error());
    return (*made)->take_requests()[0].prompt.tokens();
  }

  Result<std::vector<TokenId>> response_prompt(const Json& body) const {
    const ResponseMemory memory = {.recall = [](const std::string&) -> Result<Json> { return Json::array(); },
                                   .keep = [](const Json&, const Json&) { return true; }};
    auto made = make_response(body, call, memory);
    if (!made) return std::unexpected(std::move(made).error());
    return made->exchange->take_requests()[0].prompt.tokens();
  }

  std::vector<Route> routes(const Json& conversation) const {
    std::vector<Route> all;
    for (const Json& body : conversation["chat"]) {
      const Json parsed = testing::json_of(body.get<std::string>());
      all.push_back({"chat", prompt_of(make_chat_completion(parsed, call))});
    }
    for (const Json& body : conversation["responses"]) {
      all.push_back({"responses", response_prompt(testing::json_of(body.get<std::string>()))});
    }
    for (const Json& body : conversation["anthropic"]) {
      const Json parsed = testing::json_of(body.get<std::string>());
      all.push_back({"messages", prompt_of(make_anthropic_message(parsed, call))});
    }
    return all;
  }

  /// The text of the prompt, by /apply-template.
  Result<std::string> text_of(const Json& conversation) const {
    const Json body = testing::json_of(conversation["chat"][0].get<std::string>());
    return TRY(apply_template_json(body, call))["prompt"].get<std::string>();
  }

  void use(const ChatTemplate& other) { model.chat_template = &other; }
};

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

ChatTemplate parse(const std::string& source, const Json& tokens) {
  return *ChatTemplate::parse(
      source, {.bos_token = tokens["bos_token"].get<std::string>(),
               .eos_token = tokens["eos_token"].get<std::string>(),
               .special_tokens = {{"pad_token", tokens["pad_token"]}, {"unk_token", tokens["unk_token"]}}});
}

// Every template, with every conversation, by every route: one prompt, which is that of the template's
// reference where the reference has one, and holds every text where it has none.
TEST_F(PromptRoutesTest, LeadToOnePrompt) {
  const Json fixture = testing::load_template_fixture("prompts.json");
  size_t num_compared = 0, num_rearranged = 0;
  for (const auto& [name, source] : testing::load_templates()) {
    const ChatTemplate chat_template = parse(source, fixture["tokens"]);
    use(chat_template);
    for (const Json& conversation : fixture["cases"]) {
      const std::string what = fmt::format("{} with {}", name, conversation["name"].get<std::string>());
      const auto text = text_of(conversation);
      const std::vector<Route> all = routes(conversation);
      for (const Route& route : all) {
        EXPECT_EQ(route.prompt.has_value(), text.has_value())
            << what << " by " << route.name << ": " << (text ? route.prompt.error() : text.error()).message;
        if (text && route.prompt && all[0].prompt) {
          EXPECT_EQ(*route.prompt, *all[0].prompt) << what << " by " << route.name << ":\n"
                                                   << tokenizer.decode(*route.prompt, true) << "\nnot\n"
                                                   << *text;
        }
      }
      const Json& expected = conversation["prompts"][name];
      if (expected.is_string()) {
        ++num_compared;
        EXPECT_TRUE(text.has_value()) << what << ": " << text.error().message;
        if (!text) continue;
        EXPECT_EQ(hash_of(*text), expected.get<std::string>())
            << what << ":\n"
            << *text << "\n(tools/make_prompt_fixtures.py show prints what is expected)";
      } else if (text && name != "recursive_notes") {  // which cuts texts in pieces
        ++num_rearranged;
        for (const Json& said : conversation["texts"]) {
          EXPECT_THAT(*text, ::testing::HasSubstr(trimmed(said.get<std::string>()))) << what;
        }
      }
    }
  }
  EXPECT_GT(num_compared, 800u);
  EXPECT_GT(num_rearranged, 50u);
}

}  // namespace
}  // namespace hearth::api
