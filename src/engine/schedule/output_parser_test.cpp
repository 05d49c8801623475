#include "engine/schedule/output_parser.h"

#include <gtest/gtest.h>

#include "engine/testing/engine_rig.h"

namespace hearth {
namespace {

/// What stands before the first of some letter is reasoning. Holds back every text until the next one comes.
class UpTo final : public OutputParser {
 public:
  explicit UpTo(char letter) : letter_(letter) {}
  void push(TokenId id, std::string_view text, std::vector<OutputPart>& parts) override {
    ids.push_back(id);
    say(parts);
    held_ = text;
  }
  void finish(std::string_view text, std::vector<OutputPart>& parts) override {
    ++num_ends;
    say(parts);
    held_ = text;
    say(parts);
  }

  static inline std::vector<TokenId> ids;
  static inline int num_ends = 0;

 private:
  void say(std::vector<OutputPart>& parts) {
    for (const char c : held_) {
      is_content_ |= c == letter_;
      append_part(parts, {is_content_ ? PartKind::kContent : PartKind::kReasoning, std::string(1, c)});
    }
    held_.clear();
  }

  char letter_;
  std::string held_;
  bool is_content_ = false;
};

TEST(OutputParser, PartsOfAKindAreJoinedAndCallsAreNot) {
  std::vector<OutputPart> parts;
  append_part(parts, {PartKind::kContent, "a"});
  append_part(parts, {PartKind::kReasoning, ""});
  append_part(parts, {PartKind::kContent, "b"});
  append_part(parts, {PartKind::kToolName, "f"});
  append_part(parts, {PartKind::kToolName, "f"});
  append_part(parts, {PartKind::kToolArguments, "{"});
  append_part(parts, {PartKind::kToolArguments, "}"});
  EXPECT_EQ(parts, (std::vector<OutputPart>{{PartKind::kContent, "ab"},
                                            {PartKind::kToolName, "f"},
                                            {PartKind::kToolName, "f"},
                                            {PartKind::kToolArguments, "{}"}}));
  EXPECT_EQ(text_of(parts), "ab");
}

TEST(OutputParser, SaysWhatTheTextIsHoweverItEnds) {
  const auto said = [](size_t max_drafts, const std::string& stop, std::unique_ptr<OutputParser> parser) {
    Rig rig({.speculation = {.max_drafts = max_drafts}});
    GenerateRequest one = request(9, 4, 60);
    one.sampling.logit_bias = {{kEnd, stop == "end" ? -2.0f : -1000.0f}};
    one.stop = {stop};
    one.output_parser = std::move(parser);
    const RequestId id = rig.submit(std::move(one));
    rig.run();
    return *rig.completions[id];
  };
  const std::string endless = said(0, "", nullptr).text;
  ASSERT_EQ(endless.size(), 60u);
  for (const size_t max_drafts : {0, 4}) {
    // At most tokens, by a stop string, by the end of the turn.
    for (const std::string& stop : {std::string(), endless.substr(20, 2), std::string("end")}) {
      const Completion whole = said(max_drafts, stop, nullptr);
      ASSERT_GE(whole.text.size(), 3u) << stop;
      ASSERT_EQ(whole.parts, (std::vector<OutputPart>{{PartKind::kContent, whole.text}}));
      const char letter = whole.text[whole.text.size() / 2];
      const size_t at = whole.text.find(letter);
      UpTo::ids.clear();
      UpTo::num_ends = 0;
      const Completion parsed = said(max_drafts, stop, std::make_unique<UpTo>(letter));
      std::vector<OutputPart> expected;
      append_part(expected, {PartKind::kReasoning, whole.text.substr(0, at)});
      append_part(expected, {PartKind::kContent, whole.text.substr(at)});
      EXPECT_EQ(parsed.parts, expected);
      EXPECT_EQ(UpTo::ids, whole.ids);
      EXPECT_EQ(UpTo::num_ends, 1);
    }
  }
}

TEST(OutputParser, ACancelledTextIsToldAsFarAsItCame) {
  Rig rig;
  UpTo::ids.clear();
  GenerateRequest one = request(9, 4, 100);
  one.ignore_eos = true;
  one.output_parser = std::make_unique<UpTo>('c');
  const RequestId id = rig.submit(std::move(one));
  for (int i = 0; i < 12; ++i) rig.engine->step();
  rig.engine->cancel(id);
  rig.run();
  EXPECT_EQ(rig.completions[id]->result.reason, FinishReason::kCancelled);
  std::string told;
  for (const OutputPart& part : rig.completions[id]->parts) told += part.text;
  EXPECT_EQ(told, rig.tokenizer.decode(UpTo::ids));
}

}  // namespace
}  // namespace hearth
