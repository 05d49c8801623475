#include "api/ollama/generate.h"

#include "api/call/api_error.h"
#include "api/testing/api_fixture.h"

namespace hearth::api {
namespace {

using testing::json_of;

class OllamaGenerate : public testing::ApiFixture {
 protected:
  GenerateRequest request_of(const Json& body) {
    auto made = make_ollama_generate(body, call);
    EXPECT_TRUE(made.has_value()) << body << (made ? "" : made.error().message);
    return std::move((*made)->take_requests()[0]);
  }
  Error refused(const Json& body) {
    auto made = make_ollama_generate(body, call);
    EXPECT_FALSE(made.has_value()) << body;
    return made ? Error() : made.error();
  }
  std::string text_of_ids(const std::vector<TokenId>& ids) {
    std::string text;
    for (const TokenId id : ids) text += tokenizer.piece(id, true);
    return text;
  }
};

TEST_F(OllamaGenerate, APromptIsAConversationOfOneQuestion) {
  const GenerateRequest plain = request_of(json_of(R"({"prompt": "hello"})"));
  EXPECT_EQ(text_of_ids(plain.prompt.tokens()), "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n");
  const GenerateRequest with_system = request_of({{"prompt", "hello"}, {"system", "be brief"}});
  EXPECT_TRUE(text_of_ids(with_system.prompt.tokens()).starts_with("<|im_start|>system\nbe brief<|im_end|>"));
  auto preset = std::make_shared<ModelPreset>();
  preset->system = "preset";
  preset->messages = json_of(R"([{"role": "user", "content": "q"}, {"role": "assistant", "content": "r"}])");
  model.preset = preset;
  EXPECT_TRUE(text_of_ids(request_of(json_of(R"({"prompt": "hello"})")).prompt.tokens())
                  .starts_with("<|im_start|>system\npreset"));
  const std::string other =
      text_of_ids(request_of({{"prompt", "hello"}, {"system", "other"}}).prompt.tokens());
  EXPECT_TRUE(other.starts_with("<|im_start|>system\nother<|im_end|>"));
  EXPECT_EQ(other.find("preset"), other.npos);
  EXPECT_NE(other.find("\nq<|im_end|>"), other.npos);
}

TEST_F(OllamaGenerate, ARawPromptIsTakenAsItIs) {
  const GenerateRequest request = request_of({{"prompt", "<|im_start|>user\na"}, {"raw", true}});
  EXPECT_EQ(text_of_ids(request.prompt.tokens()), "<|im_start|>user\na");
  EXPECT_EQ(request.prompt.tokens()[0], 0);
  for (const char* more : {R"({"system": "s"})", R"({"template": "t"})", R"({"context": [5]})"}) {
    Json body = json_of(more);
    body.update({{"prompt", "a"}, {"raw", true}});
    EXPECT_EQ(refused(body).message, "raw mode does not support template, system, or context");
  }
}

TEST_F(OllamaGenerate, WhatTheModelCannotDoIsRefused) {
  EXPECT_EQ(refused({{"model", "tiny"}, {"prompt", "a"}, {"suffix", "b"}}).message,
            "\"tiny\" does not support insert");
  EXPECT_EQ(parameter_of(refused({{"prompt", "a"}, {"template", "{{ .Prompt "}})), "template");
  EXPECT_EQ(parameter_of(refused({{"prompt", "a"}, {"images", {"aGk="}}})), "images");
  EXPECT_EQ(parameter_of(refused({{"prompt", "a"}, {"context", {1'000'000}}})), "context[0]");
}

TEST_F(OllamaGenerate, ATemplateOfTheRequestsWritesThePrompt) {
  const Json body = {
      {"prompt", "hello"},
      {"system", "sys"},
      {"template", "{{ if .System }}<|im_start|>{{ .System }}<|im_end|>{{ end }}[{{ .Prompt }}]"}};
  const GenerateRequest request = request_of(body);
  EXPECT_EQ(text_of_ids(request.prompt.tokens()), "<|im_start|>sys<|im_end|>[hello]");
  EXPECT_EQ(request.prompt.tokens()[0], 0);
}

// The tokens of an answer, sent back, are those that a chat of both turns begins with.
TEST_F(OllamaGenerate, AContextCarriesTheConversationOn) {
  const auto first = *make_ollama_generate({{"prompt", "hello"}, {"stream", false}}, call);
  first->take_requests();
  const std::vector<TokenId> answer = encode("good day");
  for (const TokenId id : answer) first->accept(said(0, std::string(tokenizer.piece(id, true)), id));
  ChoiceEvent last = ended(0, FinishReason::kStop);
  last.tokens.push_back({.id = 1, .logprob = 0, .top_logprobs = {}});
  first->accept(last);
  const Json response = *first->body();
  EXPECT_EQ(response["response"], "good day");
  const GenerateRequest second = request_of({{"prompt", "and now"}, {"context", response["context"]}});
  EXPECT_EQ(text_of_ids(second.prompt.tokens()),
            "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\ngood day<|im_end|>\n"
            "<|im_start|>user\nand now<|im_end|>\n<|im_start|>assistant\n");
  const GenerateRequest with_system =
      request_of({{"prompt", "and now"}, {"context", response["context"]}, {"system", "s"}});
  EXPECT_NE(text_of_ids(with_system.prompt.tokens()).find("good day<|im_start|>system\ns<|im_end|>"),
            std::string::npos);
}

TEST_F(OllamaGenerate, ThereIsNoContextOfARawPrompt) {
  const auto exchange = *make_ollama_generate({{"prompt", "a"}, {"raw", true}, {"stream", false}}, call);
  exchange->take_requests();
  exchange->accept(ended(0, FinishReason::kLength));
  const Json body = *exchange->body();
  EXPECT_FALSE(body.contains("context"));
  EXPECT_EQ(body["done_reason"], "length");
}

TEST_F(OllamaGenerate, TheMiddleOfAPromptIsLeftOutWhereThatIsAskedFor) {
  std::string words;
  for (int i = 0; i < 300; ++i) words += "a ";
  Json body = {{"prompt", words},
               {"raw", true},
               {"options", {{"num_ctx", 100}, {"num_predict", 10}, {"num_keep", 7}}}};
  EXPECT_EQ(refused(body).code, ErrorCode::kContextOverflow);
  body["truncate"] = true;
  const auto all = *tokenizer.encode(words, {.add_special = true, .parse_special = true});
  const GenerateRequest request = request_of(body);
  const auto& kept = request.prompt.tokens();
  ASSERT_EQ(kept.size(), 90u);
  EXPECT_TRUE(std::equal(kept.begin(), kept.begin() + 7, all.begin()));
  EXPECT_TRUE(std::equal(kept.end() - 83, kept.end(), all.end() - 83));
  // Without a length, half of the context is for the answer.
  body["options"].erase("num_predict");
  EXPECT_EQ(request_of(body).prompt.size(), 50u);
}

}  // namespace
}  // namespace hearth::api
