#include "engine/constrain/thought_limit.h"

#include "engine/constrain/after_reasoning.h"
#include "engine/constrain/grammar_constraint.h"
#include "engine/testing/engine_rig.h"
#include "grammar/mask/testing/toy_automata.h"

// Completions of the letters a to y: "x" begins a thought, "yx" ends it.

namespace hearth {
namespace {

const ReasoningFormat kMarks = {.start = "x", .end = "yx", .closing = "ayxb"};
constexpr TokenId kX = 23, kY = 24;

struct Limited {
  explicit Limited(size_t max_tokens, bool is_open = true, bool must_answer = true)
      : tokenizer(letters()), tokens(*ModelTokens::create(tokenizer)) {
    auto limit = thought_limit(kMarks, is_open ? "..x\n" : "..", *tokens, {.max_tokens = max_tokens});
    limit->must_answer = must_answer;
    constraint = limit_thoughts(*std::move(limit), tokens->table);
  }

  std::string allowed() const {
    TokenMask mask(kVocabSize);
    EXPECT_TRUE(constraint->fill_mask(mask));
    if (mask.count() == kVocabSize) return "all";
    if (mask.count() == kVocabSize - 1 && !mask.allows(kEnd)) return "all but the end";
    std::string some;
    for (TokenId id = 0; id < kVocabSize; ++id) {
      if (mask.allows(id)) some += char('a' + id);
    }
    return some;
  }
  std::string forced(size_t most = 64) const {
    std::string text;
    for (const TokenId id : constraint->forced(most)) text += char('a' + id);
    return text;
  }
  bool accept(std::string_view text) const {
    for (const char c : text) {
      if (!constraint->accept(c - 'a')) return false;
    }
    return true;
  }

  Tokenizer tokenizer;
  ModelTokensPtr tokens;
  std::unique_ptr<TokenConstraint> constraint;
};

TEST(ThoughtLimit, SetsTheClosingWhereItIsUsedUp) {
  const Limited limited(3);
  EXPECT_EQ(limited.allowed(), "all but the end");
  ASSERT_TRUE(limited.accept("qq"));
  EXPECT_EQ(limited.forced(), "");
  EXPECT_EQ(limited.allowed(), "all but the end");
  ASSERT_TRUE(limited.accept("q"));
  EXPECT_EQ(limited.allowed(), "a");
  EXPECT_EQ(limited.forced(), "ayxb");
  EXPECT_EQ(limited.forced(2), "ay");
  EXPECT_FALSE(limited.accept("b"));
  ASSERT_TRUE(limited.accept("ay"));
  EXPECT_EQ(limited.forced(), "xb");
  ASSERT_TRUE(limited.accept("xb"));
  EXPECT_EQ(limited.allowed(), "all but the end") << "nothing was said yet";
  EXPECT_FALSE(limited.constraint->accept(kEnd));
  ASSERT_TRUE(limited.accept("q"));
  EXPECT_EQ(limited.allowed(), "all");
}

TEST(ThoughtLimit, LeavesShortThoughtsAlone) {
  const Limited limited(5);
  ASSERT_TRUE(limited.accept("qqyx"));
  EXPECT_EQ(limited.allowed(), "all but the end");
  ASSERT_TRUE(limited.accept("x"));
  EXPECT_EQ(limited.allowed(), "all") << "another start mark is text";
  ASSERT_TRUE(limited.accept("qqqqqqqqqq"));
  EXPECT_EQ(limited.allowed(), "all");
}

TEST(ThoughtLimit, ThoughtsMayBeginInTheCompletion) {
  Limited none(0, false);
  EXPECT_EQ(none.allowed(), "all but the end");
  EXPECT_EQ(none.forced(), "");
  ASSERT_TRUE(none.accept("x"));
  EXPECT_EQ(none.forced(), "ayxb");
  none.constraint->rollback(1);
  ASSERT_TRUE(none.accept("q")) << "an answer at once";
  ASSERT_TRUE(none.accept("x"));
  EXPECT_EQ(none.allowed(), "all");

  const Limited two(2, false);
  ASSERT_TRUE(two.accept("xqq"));
  EXPECT_EQ(two.forced(), "ayxb");
  EXPECT_EQ(Limited(0).forced(), "ayxb") << "begun by the prompt";
}

TEST(ThoughtLimit, AMarkThatHasBegunMayEnd) {
  const Limited limited(2);
  ASSERT_TRUE(limited.accept("qy"));
  EXPECT_EQ(limited.forced(), "") << "y may begin the mark of the end";
  ASSERT_TRUE(limited.accept("x"));
  EXPECT_EQ(limited.allowed(), "all but the end") << "it did";
  limited.constraint->rollback(1);
  ASSERT_TRUE(limited.accept("q"));
  EXPECT_EQ(limited.forced(), "ayxb") << "it did not";
  limited.constraint->rollback(1);
  ASSERT_TRUE(limited.accept("yyyyyyy"));
  EXPECT_EQ(limited.forced(), "") << "9 tokens";
  ASSERT_TRUE(limited.accept("y"));
  EXPECT_EQ(limited.forced(), "ayxb") << "8 too many";
}

TEST(ThoughtLimit, GoesBackAcrossItsMarks) {
  const Limited limited(2, false);
  const std::string text = "xqqayxbqz";
  std::vector<std::string> before;
  for (int round = 0; round < 3; ++round) {
    for (size_t i = 0; i < text.size(); ++i) {
      const std::string state = limited.allowed() + "|" + limited.forced();
      if (round == 0) before.push_back(state);
      EXPECT_EQ(state, before[i]) << i;
      ASSERT_TRUE(limited.accept(text.substr(i, 1))) << i;
    }
    limited.constraint->rollback(text.size());
  }
}

TEST(ThoughtLimit, WhereThePromptHasEndedItThereIsNone) {
  const Tokenizer tokenizer = letters();
  const ModelTokensPtr tokens = *ModelTokens::create(tokenizer);
  EXPECT_FALSE(thought_limit(kMarks, "..x\n\nyx\n\n", *tokens, {.max_tokens = 0}));
  EXPECT_FALSE(thought_limit({}, "..", *tokens, {.max_tokens = 0}));
}

/// Channels: "pax" begins a thought's message, "y" ends it, "r" is the next header, "pfx" an answer's.
const ReasoningFormat kChannels = {.start = "pax",
                                   .end = "y",
                                   .in_channels = true,
                                   .closing = "yr",
                                   .answer_start = "pfx",
                                   .thought_only = "pa"};

struct InChannels : Limited {
  InChannels(size_t max_tokens, bool calls_tools) : Limited(0) {
    auto limit =
        thought_limit(kChannels, "..", *tokens, {.max_tokens = max_tokens, .calls_tools = calls_tools});
    constraint = limit_thoughts(*std::move(limit), tokens->table);
  }
};

TEST(ThoughtLimit, CountsAllThoughtsOfChannels) {
  const InChannels limited(3, false);
  ASSERT_TRUE(limited.accept("paxqyrpax"));
  EXPECT_EQ(limited.allowed(), "all but the end");
  ASSERT_TRUE(limited.accept("q"));
  EXPECT_EQ(limited.forced(), "yrpfx") << "the end mark counts";
  ASSERT_TRUE(limited.accept("yrpfxqqp"));
  EXPECT_FALSE(limited.accept("a")) << "no further thought";
  EXPECT_TRUE(limited.accept("qz"));
}

TEST(ThoughtLimit, WithoutThoughtsAnAnswerInChannelsBeginsAtOnce) {
  const InChannels limited(0, false);
  EXPECT_EQ(limited.forced(), "pfx");
  ASSERT_TRUE(limited.accept("pfx"));
  EXPECT_EQ(limited.allowed(), "all");
}

TEST(ThoughtLimit, WithToolsAnotherHeaderMayFollow) {
  const InChannels none(0, true);
  EXPECT_EQ(none.forced(), "");
  ASSERT_TRUE(none.accept("p"));
  EXPECT_EQ(none.allowed(), "bcdefghijklmnopqrstuvwxyz") << "all but a thought's";
  const InChannels two(2, true);
  ASSERT_TRUE(two.accept("paxqq"));
  EXPECT_EQ(two.forced(), "yr");
  ASSERT_TRUE(two.accept("yrp"));
  EXPECT_FALSE(two.accept("a"));
  EXPECT_TRUE(two.accept("c"));
}

TEST(ThoughtLimit, BoundsThoughtsOfCompletions) {
  size_t num_closed = 0, num_ended = 0;
  for (const size_t max_drafts : {0, 4}) {
    for (const bool jumps : {false, true}) {
      Rig rig({.context = 2000, .num_tokens = 20'000, .speculation = {.max_drafts = max_drafts}});
      const ModelTokensPtr tokens = *ModelTokens::create(rig.tokenizer);
      for (uint32_t i = 0; i < 40; ++i) {
        GenerateRequest one = request(10, i, 60);
        one.jump_forward = jumps;
        one.sampling.logit_bias = {{kX, 2.0f}, {kY, 2.0f}, {kEnd, 3.0f}};
        auto limit = thought_limit(kMarks, "..x", *tokens, {.max_tokens = 12});
        one.constraints.push_back(limit_thoughts(*std::move(limit), tokens->table));
        rig.submit(std::move(one));
      }
      rig.run();
      for (const auto& [id, completion] : rig.completions) {
        const std::string& text = completion->text;
        const size_t end = text.find("yx");
        ASSERT_NE(end, text.npos) << text;
        ASSERT_LE(end, 12u + 8u + 1u) << text;
        EXPECT_GT(text.size(), end + 2) << "there is an answer";
        const bool is_closed = end > 12;
        if (is_closed) EXPECT_EQ(text.substr(end - 1, 4), "ayxb") << text;
        (is_closed ? num_closed : num_ended) += 1;
      }
    }
  }
  EXPECT_GT(num_closed, 20u);
  EXPECT_GT(num_ended, 20u);
}

TEST(ThoughtLimit, GoesTogetherWithAForm) {
  Rig rig;
  const ModelTokensPtr tokens = *ModelTokens::create(rig.tokenizer);
  const CompiledForm form = {
      std::make_shared<grammar::AutomatonPool>(grammar::testing::words_grammar({"cde", "h"}), tokens->table,
                                               grammar::Limits{}),
      tokens};
  // White space alone may follow a mark there.
  ReasoningFormat marks = kMarks;
  marks.closing = "ayx";
  for (uint32_t i = 0; i < 30; ++i) {
    GenerateRequest one = request(10, i, 60);
    one.constraints.push_back(
        after_reasoning({.start = "x", .end = "yx", .is_open = true}, tokens->table, constrain_to(form)));
    auto limit = thought_limit(marks, "..x", *tokens, {.max_tokens = 6});
    limit->must_answer = false;
    one.constraints.push_back(limit_thoughts(*std::move(limit), tokens->table));
    rig.submit(std::move(one));
  }
  rig.run();
  for (const auto& [id, completion] : rig.completions) {
    EXPECT_EQ(completion->result.reason, FinishReason::kStop) << completion->text;
    const std::string answer = completion->text.substr(completion->text.find("yx") + 2);
    EXPECT_TRUE(answer == "cde" || answer == "h") << completion->text;
  }
}

}  // namespace
}  // namespace hearth
