#include "api/tokenize.h"

#include "api/call/api_error.h"
#include "api/testing/api_fixture.h"

namespace hearth::api {
namespace {

using testing::json_of;

class TokenizeTest : public testing::ApiFixture {
 protected:
  Json tokenize(std::string_view body) {
    const auto json = tokenize_json(json_of(body), call);
    EXPECT_TRUE(json.has_value()) << (json ? "" : json.error().message);
    return json.value_or(Json());
  }
};

TEST_F(TokenizeTest, AnswersEveryServersNames) {
  const Json ids = encode("hello");
  EXPECT_EQ(tokenize(R"({"content": "hello"})")["tokens"], ids);
  const Json named =
      tokenize(R"({"prompt": "hello", "add_special_tokens": false, "return_token_strs": true})");
  EXPECT_EQ(named["tokens"], ids);
  EXPECT_EQ(named["count"], ids.size());
  EXPECT_EQ(named["max_model_len"], 4096);
  std::string joined;
  for (const Json& text : named["token_strs"]) joined += text.get<std::string>();
  EXPECT_EQ(joined, "hello");
  const Json spans = tokenize(R"({"inputs": "hello"})");
  EXPECT_EQ(spans.front()["start"], 0);
  EXPECT_EQ(spans.back()["stop"], 5);
  EXPECT_EQ(tokenize(R"({"content": "hello", "with_pieces": true})")["tokens"][0]["id"], ids[0]);
}

TEST_F(TokenizeTest, ParsesControlTokensByTheRuleOfEachName) {
  EXPECT_EQ(tokenize(R"({"content": "<|im_end|>"})")["count"], 1);
  EXPECT_GT(tokenize(R"({"prompt": "<|im_end|>"})")["count"], 1);
  EXPECT_EQ(tokenize(R"({"prompt": "<|im_end|>", "parse_special": true})")["count"], 1);
}

TEST_F(TokenizeTest, RendersChats) {
  constexpr char kChat[] = R"({"messages": [{"role": "user", "content": "a"}]})";
  const auto rendered = apply_template_json(json_of(kChat), call);
  ASSERT_TRUE(rendered.has_value());
  EXPECT_EQ((*rendered)["prompt"], "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n");
  const Json ids = tokenize(kChat)["tokens"];
  EXPECT_EQ((*detokenize_json({{"tokens", ids}}, call))["content"], (*rendered)["prompt"]);
}

TEST_F(TokenizeTest, GivesTextBack) {
  const Json text = *detokenize_json({{"tokens", encode("hello")}}, call);
  EXPECT_EQ(text["content"], "hello");
  EXPECT_EQ(text["prompt"], "hello");
  for (const auto& [body, member] : {std::pair(R"({})", "tokens"),
                                     {R"({"tokens": 1})", "tokens"},
                                     {R"({"tokens": [5, 523]})", "tokens[1]"},
                                     {R"({"tokens": [1.5]})", "tokens[0]"}}) {
    const auto refused = detokenize_json(json_of(body), call);
    ASSERT_FALSE(refused.has_value()) << body;
    EXPECT_EQ(parameter_of(refused.error()), member);
  }
  EXPECT_FALSE(tokenize_json(Json::object(), call).has_value());
  EXPECT_FALSE(tokenize_json({{"content", "a"}, {"prompt", "b"}}, call).has_value());
}

TEST_F(TokenizeTest, TellsOfTheTokenizer) {
  const Json info = tokenizer_info_json(model);
  EXPECT_EQ(info["eos_token"], "<|im_end|>");
  EXPECT_TRUE(info["bos_token"].is_null());
  EXPECT_EQ(info["vocab_size"], 523);
}

}  // namespace
}  // namespace hearth::api
