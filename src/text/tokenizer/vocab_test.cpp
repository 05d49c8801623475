#include "text/tokenizer/vocab.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

VocabData small() {
  VocabData data;
  data.model = "gpt2";
  data.tokens = {"<s>", "a", "b", "a", ""};
  data.token_types = {TokenType::kControl, TokenType::kNormal, TokenType::kNormal, TokenType::kNormal,
                      TokenType::kUnused};
  return data;
}

std::string error_of(VocabData data) {
  const auto vocab = Vocab::create(std::move(data));
  EXPECT_FALSE(vocab.has_value());
  if (vocab) return "";
  EXPECT_EQ(vocab.error().code, ErrorCode::kCorruptData);
  return vocab.error().message;
}

TEST(Vocab, FindsTokensTheLowestIdOfEqualOnes) {
  const Vocab vocab = *Vocab::create(small());
  EXPECT_EQ(vocab.size(), 5u);
  EXPECT_EQ(vocab.find("a"), 1);
  EXPECT_EQ(vocab.find("b"), 2);
  EXPECT_EQ(vocab.find("c"), std::nullopt);
  EXPECT_EQ(vocab.text(2), "b");
  EXPECT_EQ(vocab.text(-1), "");
  EXPECT_EQ(vocab.text(5), "");
  EXPECT_EQ(vocab.type(std::numeric_limits<TokenId>::min()), TokenType::kUnused);
}

TEST(Vocab, RefusesWhatContradictsItself) {
  VocabData data = small();
  data.tokens.clear();
  EXPECT_THAT(error_of(data), HasSubstr("tokenizer.ggml.tokens"));
  data = small();
  data.scores = {1.0f};
  EXPECT_THAT(error_of(data), HasSubstr("tokenizer.ggml.scores: 1 scores for 5 tokens"));
  data = small();
  data.scores = {0, 0, 0, std::nanf(""), 0};
  EXPECT_THAT(error_of(data), HasSubstr("scores[3]"));
  data = small();
  data.token_types.pop_back();
  EXPECT_THAT(error_of(data), HasSubstr("4 types for 5 tokens"));
  data = small();
  data.token_types[2] = TokenType(7);
  EXPECT_THAT(error_of(data), HasSubstr("token_type[2]"));
  for (const TokenId bad :
       {-1, 5, std::numeric_limits<TokenId>::max(), std::numeric_limits<TokenId>::min()}) {
    data = small();
    data.eos_id = bad;
    EXPECT_THAT(error_of(data), HasSubstr("tokenizer.ggml.eos_token_id"));
  }
  data = small();
  data.tokens[1] = std::string((size_t(1) << 20) + 1, 'x');
  EXPECT_THAT(error_of(data), HasSubstr("tokens[1]"));
}

TEST(Vocab, AddsOnlyRolesThatThereAre) {
  VocabData data = small();
  data.add_bos = data.add_eos = true;
  EXPECT_FALSE(Vocab::create(data)->add_bos());
  EXPECT_FALSE(Vocab::create(data)->add_eos());
  data.bos_id = 0;
  EXPECT_TRUE(Vocab::create(data)->add_bos());
  data.add_bos.reset();
  EXPECT_FALSE(Vocab::create(data)->add_bos());
  EXPECT_TRUE(Vocab::create(data, {.add_bos = true})->add_bos());
  data.add_bos = false;
  EXPECT_FALSE(Vocab::create(data, {.add_bos = true})->add_bos());
  EXPECT_TRUE(Vocab::create(data, {.force_add_bos = true})->add_bos());
}

TEST(Vocab, KnowsWhatEndsAGeneration) {
  VocabData data;
  data.model = "gpt2";
  data.tokens = {"x", "<|im_end|>", "</s>", "<|eot_id|>", "y", "z"};
  data.eos_id = 4;
  const Vocab vocab = *Vocab::create(data);
  EXPECT_THAT(vocab.end_of_generation_ids(), ElementsAre(1, 3, 4));
  EXPECT_EQ(vocab.type(1), TokenType::kControl);
  EXPECT_EQ(vocab.type(2), TokenType::kNormal) << "text where the file does not say otherwise";
  EXPECT_TRUE(vocab.is_end_of_generation(3));
  EXPECT_FALSE(vocab.is_end_of_generation(0));
  EXPECT_FALSE(vocab.is_end_of_generation(-1));
}

TEST(Vocab, AnEndInsideAnAnswerIsNoEnd) {
  VocabData data;
  data.model = "gpt2";
  data.tokens = {"<|end|>", "<|return|>", "<|call|>", "<|start|>"};
  EXPECT_THAT(Vocab::create(data)->end_of_generation_ids(), ElementsAre(1, 2));
  data.tokens = {"<|end|>", "<|user|>", "a", "b"};
  EXPECT_THAT(Vocab::create(data)->end_of_generation_ids(), ElementsAre(0));
}

TEST(Vocab, KnowsTheIdsThatNoTextCanHave) {
  VocabData data;
  data.model = "gpt2";
  data.tokens = {"a", "<unused0>", "", "<|im_end|>", "<ctl>", "<tool>", "b", ""};
  data.token_types = {TokenType::kNormal,  TokenType::kUnused,      TokenType::kNormal, TokenType::kUnused,
                      TokenType::kControl, TokenType::kUserDefined, TokenType::kUnused, TokenType::kControl};
  data.eos_id = 6;
  const Vocab vocab = *Vocab::create(data);
  // What ends a turn is drawn whatever it is called; so are control and user-defined tokens.
  EXPECT_THAT(vocab.unnamed_ids(8), ElementsAre(1, 2));
  EXPECT_THAT(vocab.unnamed_ids(11), ElementsAre(1, 2, 8, 9, 10)) << "a model's rows of padding";
  data.token_types.clear();
  EXPECT_THAT(Vocab::create(data)->unnamed_ids(8), ElementsAre(2, 7));
}

}  // namespace
}  // namespace hearth
