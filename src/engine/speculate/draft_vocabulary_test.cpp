#include "engine/speculate/draft_vocabulary.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

VocabData vocabulary(std::vector<std::string> tokens, size_t num_padding = 0) {
  VocabData data;
  data.model = "gpt2";
  data.token_types.assign(tokens.size(), TokenType::kNormal);
  for (size_t i = 0; i < num_padding; ++i) {
    data.tokens.push_back("[PAD" + std::to_string(i) + "]");
    data.token_types.push_back(TokenType::kUnused);
  }
  data.tokens.insert(data.tokens.begin(), tokens.begin(), tokens.end());
  return data;
}

Status check(const VocabData& model, const VocabData& draft) {
  return check_draft_vocabulary(*Vocab::create(model), draft);
}

TEST(DraftVocabulary, TheSameTokensAreFine) {
  EXPECT_TRUE(check(vocabulary({"a", "b"}), vocabulary({"a", "b"})).has_value());
  VocabData untyped = vocabulary({"a", "b"});
  untyped.token_types.clear();
  EXPECT_TRUE(check(vocabulary({"a", "b"}), untyped).has_value());
}

TEST(DraftVocabulary, PaddingMayDiffer) {
  EXPECT_TRUE(check(vocabulary({"a", "b"}, 5), vocabulary({"a", "b"}, 2)).has_value());
  EXPECT_TRUE(check(vocabulary({"a", "b"}), vocabulary({"a", "b"}, 2)).has_value());
}

TEST(DraftVocabulary, AnyOtherDifferenceIsRefused) {
  const auto expect_refused = [](const VocabData& draft, std::string_view says) {
    const Status status = check(vocabulary({"a", "b", "c"}, 2), draft);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(status.error().message.find(says), std::string::npos) << status.error().message;
    EXPECT_FALSE(status.error().hint.empty());
  };
  expect_refused(vocabulary({"a", "x", "c"}, 2), "token 1 differs");
  expect_refused(vocabulary({"a", "b", "c", "d"}), "token 3 differs");
  expect_refused(vocabulary({"a", "b"}), "2 tokens");
  expect_refused(vocabulary({"a", "b", "c", "d", "e", "f"}), "token 3 differs");
}

}  // namespace
}  // namespace hearth
