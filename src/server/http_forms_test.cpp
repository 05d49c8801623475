#include <nlohmann/json.hpp>

#include "grammar/mask/testing/toy_automata.h"
#include "server/testing/server_rig.h"

// Completions that are held to a form, over HTTP, by a model of the letters a to y.

namespace hearth::server {
namespace {

using grammar::testing::costly_grammar;
using grammar::testing::words_grammar;
using nlohmann::json;
using testing::get;
using testing::post;
using testing::ServerRig;

/// The choices as they are; an expression is too dear for its fuel behind the first letter.
ServerRig::Options with_grammars() {
  grammar::Limits limits;
  limits.mask_fuel = 1000;
  ServerRig::Options options;
  options.grammars = GrammarCache::Options{
      .limits = limits,
      .compile = [](const GrammarSource& source, const auto&, const auto&) -> Result<grammar::GrammarPtr> {
        if (source.kind == GrammarKind::kChoice) return words_grammar(source.choices);
        if (source.kind == GrammarKind::kRegex) return costly_grammar(words_grammar({source.text}), 900);
        return fail(ErrorCode::kUnsupported, "#/properties/a: not: cannot be done exactly");
      }};
  return options;
}

std::string completion(const std::string& more) {
  return post("/v1/completions", R"({"prompt":"hello","max_tokens":50,)" + more + "}");
}

TEST(HttpForms, HoldTheirCompletions) {
  ServerRig rig(with_grammars());
  for (int i = 0; i < 2; ++i) {
    const auto answer = rig.ask(completion(R"("n":2,"structured_outputs":{"choice":["bcdefg","hi"]})"));
    ASSERT_EQ(answer.status, 200) << answer.body;
    for (const json& choice : json::parse(answer.body)["choices"]) {
      EXPECT_TRUE(choice["text"] == "bcdefg" || choice["text"] == "hi") << choice;
      EXPECT_EQ(choice["finish_reason"], "stop");
    }
  }
  EXPECT_EQ(rig.metric("hearth_grammars"), 1);
  EXPECT_EQ(rig.metric("hearth_grammar_cache_hits_total"), 1);
  EXPECT_EQ(rig.metric("hearth_grammar_cache_misses_total"), 1);
  EXPECT_GT(rig.metric("hearth_grammar_bytes"), 0);
  const auto forced = rig.ask(completion(R"("timings":true,"structured_outputs":{"choice":["bcdefg"]})"));
  EXPECT_EQ(json::parse(forced.body)["choices"][0]["text"], "bcdefg");
  EXPECT_GT(json::parse(forced.body)["timings"]["forced_n"], 0);
  EXPECT_GT(rig.metric("hearth_forced_tokens_total"), 0);
}

TEST(HttpForms, WhatCannotBeHeldToIsRefused) {
  ServerRig rig(with_grammars());
  const auto answer = rig.ask(completion(R"("guided_json":{"properties":{"a":{"not":{}}}})"));
  EXPECT_EQ(answer.status, 400);
  const json error = json::parse(answer.body)["error"];
  EXPECT_EQ(error["param"], "guided_json");
  EXPECT_NE(error["message"].get<std::string>().find("#/properties/a"), std::string::npos) << error;
  EXPECT_EQ(rig.metric("hearth_grammar_refusals_total"), 1);
  EXPECT_EQ(rig.engine->stats().num_generated_tokens, 0u);
}

TEST(HttpForms, AFormThatRunsOutOfFuelEndsItsOneCompletion) {
  ServerRig rig(with_grammars());
  testing::TestClient other = rig.connect();
  other.send(post("/v1/completions", ServerRig::completion(400, false)));
  const auto whole = rig.ask(completion(R"("jump_forward":false,"regex":"bcdefghijk")"));
  EXPECT_EQ(whole.status, 422) << whole.body;
  EXPECT_EQ(json::parse(whole.body)["error"]["code"], "grammar_limit");
  const auto streamed = rig.ask(completion(R"("stream":true,"jump_forward":false,"regex":"bcdefghijk")"));
  EXPECT_EQ(streamed.status, 200);
  EXPECT_NE(streamed.body.find(R"("code":"grammar_limit")"), std::string::npos) << streamed.body;
  EXPECT_EQ(other.read_response().status, 200) << "the others go on";
}

}  // namespace
}  // namespace hearth::server
