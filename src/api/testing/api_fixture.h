#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "api/call/api_call.h"
#include "api/call/exchange.h"
#include "api/call/request_body.h"
#include "text/testing/tokenizer_fixture.h"

namespace hearth::testing {

/// A model of 523 tokens whose control tokens are <|im_start|> (0) and <|im_end|> (1), with ChatML.
class ApiFixture : public ::testing::Test {
 public:
  ApiFixture()
      : tokenizer(make_tokenizer()),
        chat_template(*ChatTemplate::parse(std::string(default_chat_template()))) {
    model.id = "tiny";
    model.created = 1;
    model.context = 4096;
    model.hidden_size = 4;
    model.tokenizer = &tokenizer;
    model.chat_template = &chat_template;
    model.scores = true;
    model.grammars =
        std::make_shared<GrammarCache>([this]() -> Result<const Tokenizer*> { return &tokenizer; });
    model.rerank_template = "Query: {query}\nDocument: {document}\n";
    call.model = &model;
    call.now = 1'700'000'000;
  }

  static Tokenizer make_tokenizer() {
    VocabData data = vocab_of(read_fixture("bpe_smollm.json"));
    data.eos_id = 1;
    auto made = Tokenizer::create(std::move(data));
    if (!made) throw std::runtime_error(made.error().message);
    return std::move(*made);
  }

  std::vector<TokenId> encode(std::string_view text) const {
    return *tokenizer.encode(text, {.add_special = false, .parse_special = false});
  }

  /// What the engine would say of one drawn token.
  static api::ChoiceEvent said(size_t choice, std::string text, TokenId id, float logprob = -0.5f) {
    api::ChoiceEvent event{.choice = choice, .tokens = {}, .result = {}};
    append_part(event.parts, {.text = std::move(text)});
    event.tokens.push_back({.id = id, .logprob = logprob, .top_logprobs = {{id, logprob}}});
    return event;
  }

  static api::ChoiceEvent ended(size_t choice, FinishReason reason, Usage usage = {3, 2, 1}) {
    api::ChoiceEvent event{.choice = choice, .tokens = {}, .result = GenerateResult{}};
    event.result->reason = reason;
    event.result->usage = usage;
    return event;
  }

  Tokenizer tokenizer;
  ChatTemplate chat_template;
  api::ApiModel model;
  api::ApiCall call;
};

/// A body that is known to be JSON.
inline api::Json json_of(std::string_view text) { return *api::parse_request(text); }

}  // namespace hearth::testing
