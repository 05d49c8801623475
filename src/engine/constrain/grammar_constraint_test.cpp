#include "engine/constrain/grammar_constraint.h"

#include <set>

#include "engine/constrain/after_reasoning.h"
#include "engine/testing/engine_rig.h"
#include "grammar/mask/testing/toy_automata.h"

// Completions of the letters a to y that are held to grammars.

namespace hearth {
namespace {

using grammar::testing::costly_grammar;
using grammar::testing::words_grammar;

CompiledForm form_of(grammar::GrammarPtr grammar, const Tokenizer& tokenizer,
                     const grammar::Limits& limits = {}) {
  const ModelTokensPtr tokens = *ModelTokens::create(tokenizer);
  return {std::make_shared<grammar::AutomatonPool>(std::move(grammar), tokens->table, limits), tokens};
}

TEST(GrammarConstraint, TextsAreTheGrammarsAndEndWithIt) {
  std::set<std::string> said;
  for (const size_t max_drafts : {0, 4}) {
    Rig rig({.speculation = {.max_drafts = max_drafts}, .padding_rows = 70});
    const CompiledForm form = form_of(words_grammar({"bcde", "bcj", "h", "hhh"}), rig.tokenizer);
    for (uint32_t i = 0; i < 40; ++i) {
      GenerateRequest one = request(10, i);
      one.constraints.push_back(constrain_to(form));
      rig.submit(std::move(one));
    }
    rig.run();
    for (const auto& [id, completion] : rig.completions) {
      EXPECT_EQ(completion->result.reason, FinishReason::kStop);
      said.insert(completion->text);
    }
  }
  EXPECT_EQ(said, (std::set<std::string>{"bcde", "bcj", "h", "hhh"}));
}

TEST(GrammarConstraint, WhatNoTextSatisfiesIsRefused) {
  const Rig rig;
  for (const char* schema :
       {"false", R"({"enum": []})", R"({"oneOf": [{"type": "integer"}, {"type": "integer"}]})",
        R"({"enum": ["a"], "pattern": "b"})",
        R"({"$defs": {"a": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/a"}}},
                                 "$ref": "#/$defs/a"})"}) {
    GrammarSource source;
    source.kind = GrammarKind::kJsonSchema;
    source.text = schema;
    const auto made = compile(source, rig.tokenizer, {});
    ASSERT_FALSE(made.has_value()) << schema;
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument) << schema;
  }
}

TEST(GrammarConstraint, TextsEndWithinTheirBudget) {
  std::string longest;
  for (const size_t max_tokens : {2, 3, 5, 40}) {
    Rig rig;
    const CompiledForm form =
        form_of(grammar::testing::words_grammar({"bc", "bce", std::string(30, 'b') + "d"}), rig.tokenizer);
    EXPECT_EQ(shortest_known(form), 2u);
    for (uint32_t i = 0; i < 30; ++i) {
      // One that ends the turn is counted here, and not there.
      GenerateRequest one = request(10, i, max_tokens + 1);
      one.sampling.logit_bias = {{1, 4.0f}};
      one.constraints.push_back(constrain_to(form, max_tokens));
      rig.submit(std::move(one));
    }
    rig.run();
    for (const auto& [id, completion] : rig.completions) {
      EXPECT_EQ(completion->result.reason, FinishReason::kStop) << max_tokens;
      EXPECT_LE(completion->text.size(), max_tokens);
      EXPECT_TRUE(completion->text.ends_with('d') || completion->text == "bc" || completion->text == "bce");
      if (completion->text.size() > longest.size()) longest = completion->text;
    }
  }
  EXPECT_EQ(longest.size(), 31u) << "where there is room, the long one comes too";
}

TEST(GrammarConstraint, RunningOutOfFuelEndsOneRequestAlone) {
  Rig rig;
  grammar::Limits limits;
  limits.mask_fuel = 100;
  const auto costly =
      form_of(costly_grammar(words_grammar({std::string(40, 'b')}), 1000), rig.tokenizer, limits);
  GenerateRequest failing = request(10, 1), free = request(10, 2);
  failing.constraints.push_back(constrain_to(costly));
  const RequestId failed = rig.submit(std::move(failing)), kept = rig.submit(std::move(free));
  rig.run();
  ASSERT_EQ(rig.completions[failed]->result.reason, FinishReason::kError);
  EXPECT_EQ(rig.completions[failed]->result.error->code, ErrorCode::kResourceLimit);
  EXPECT_NE(rig.completions[kept]->result.reason, FinishReason::kError);
  rig.expect_no_blocks_held();
}

TEST(GrammarConstraint, AVocabularyThatCannotSpellItIsSaid) {
  Rig rig;
  GenerateRequest one = request(10, 1);
  one.constraints.push_back(constrain_to(form_of(words_grammar({"b\xc3\xa9"}), rig.tokenizer)));
  const RequestId id = rig.submit(std::move(one));
  rig.run();
  const GenerateResult& result = rig.completions[id]->result;
  ASSERT_EQ(result.reason, FinishReason::kError);
  EXPECT_EQ(result.error->code, ErrorCode::kResourceLimit);
  EXPECT_NE(result.error->message.find("cannot be carried on"), std::string::npos) << result.error->message;
}

/// "x" thinks, "yx" ends a thought.
std::unique_ptr<TokenConstraint> thinking(const Tokenizer& tokenizer, bool is_open) {
  const CompiledForm form = form_of(words_grammar({"bcde", "h"}), tokenizer);
  auto answer = constrain_to(form);
  return after_reasoning({.start = "x", .end = "yx", .is_open = is_open}, form.tokens->table,
                         std::move(answer));
}

TEST(AfterReasoning, WhatFollowsTheThoughtAloneIsConstrained) {
  size_t num_thoughts = 0;
  for (const bool is_open : {false, true}) {
    for (const size_t max_drafts : {0, 4}) {
      Rig rig({.context = 2000, .num_tokens = 20'000, .speculation = {.max_drafts = max_drafts}});
      for (uint32_t i = 0; i < 20; ++i) {
        GenerateRequest one = request(10, i, 1900);
        // More likely to think, and to end it.
        one.sampling.logit_bias = {{23, 3.0f}, {24, 3.0f}};
        one.constraints.push_back(thinking(rig.tokenizer, is_open));
        rig.submit(std::move(one));
      }
      rig.run();
      for (const auto& [id, completion] : rig.completions) {
        ASSERT_EQ(completion->result.reason, FinishReason::kStop) << completion->text;
        std::string answer = completion->text;
        if (is_open || answer.starts_with('x')) {
          const size_t end = answer.find("yx", is_open ? 0 : 1);
          ASSERT_NE(end, answer.npos) << answer;
          answer.erase(0, end + 2);
          ++num_thoughts;
        }
        EXPECT_TRUE(answer == "bcde" || answer == "h") << answer;
      }
    }
  }
  EXPECT_GT(num_thoughts, 45u);
  EXPECT_LT(num_thoughts, 80u) << "some answer at once";
}

TEST(AfterReasoning, GoesBackAcrossItsMarks) {
  Rig rig;
  const auto constraint = thinking(rig.tokenizer, false);
  const auto count = [&] {
    TokenMask mask(kVocabSize);
    EXPECT_TRUE(constraint->fill_mask(mask));
    return mask.count();
  };
  EXPECT_EQ(count(), 3u) << "b, h, x";
  const std::vector<TokenId> text = {23, 24, 24, 23, 1, 2};
  const std::vector<size_t> counts = {25, 25, 25, 2, 1, 1};
  for (int round = 0; round < 3; ++round) {
    for (size_t i = 0; i < text.size(); ++i) {
      ASSERT_TRUE(constraint->accept(text[i])) << i;
      EXPECT_EQ(count(), counts[i]) << i;
    }
    EXPECT_FALSE(constraint->accept(23));
    constraint->rollback(text.size());
    EXPECT_EQ(count(), 3u);
  }
  EXPECT_FALSE(constraint->accept(24));
  EXPECT_TRUE(constraint->accept(7));
  EXPECT_EQ(count(), 1u) << "the end of the turn";
}

}  // namespace
}  // namespace hearth
