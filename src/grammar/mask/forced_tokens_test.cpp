#include "grammar/mask/forced_tokens.h"

#include <gtest/gtest.h>

#include "grammar/control_token.h"
#include "grammar/mask/testing/forced_tokens_fixture.h"
#include "text/testing/tokenizer_fixture.h"

namespace hearth::grammar {
namespace {

TEST(ForcedTokens, AreThoseOfTheWholeTextHoweverItGoesOn) {
  for (const char* name : {"bpe_smollm.json", "bpe_llama_bpe.json", "bpe_qwen2.json", "bpe_gpt_4o.json"}) {
    SCOPED_TRACE(name);
    const Tokenizer tokenizer = hearth::testing::tokenizer_of(hearth::testing::read_fixture(name));
    const testing::ForcedCount count = testing::check_forced_tokens(tokenizer, 1, 1000);
    EXPECT_GT(count.num_cuts, 300u);
    EXPECT_GT(count.num_covered_bytes * 2, count.num_forced_bytes);
  }
}

TEST(ForcedTokens, AControlTokenEndsTheTextBeforeIt) {
  const nlohmann::json fixture = hearth::testing::read_fixture("bpe_smollm.json");
  const Tokenizer tokenizer = hearth::testing::tokenizer_of(fixture);
  const TokenTablePtr table = *TokenTable::create(tokenizer);
  const ForcedTokens forced_tokens(tokenizer, table);
  TokenId control = 0;
  while (!tokenizer.is_control(control)) ++control;
  std::string forced = "the";
  const std::vector<TokenId> open =
      forced_tokens.find({}, std::vector<uint8_t>(forced.begin(), forced.end()));
  EXPECT_TRUE(open.empty());
  for (const uint8_t byte : control_token_bytes(control)) forced += char(byte);
  const std::vector<TokenId> found =
      forced_tokens.find({}, std::vector<uint8_t>(forced.begin(), forced.end()));
  std::vector<TokenId> expected = *tokenizer.encode("the", {.add_special = false});
  expected.push_back(control);
  EXPECT_EQ(found, expected);
}

TEST(ForcedTokens, OfSentencePieceHaveNoSpaceInFront) {
  const Tokenizer tokenizer =
      hearth::testing::tokenizer_of(hearth::testing::read_fixture("sentence_piece_bytes.json"));
  const TokenTablePtr table = *TokenTable::create(tokenizer);
  const ForcedTokens forced_tokens(tokenizer, table);
  std::string forced = "{\"a\": {\"b\": \n";
  std::string spelt;
  for (const TokenId id : forced_tokens.find({}, std::vector<uint8_t>(forced.begin(), forced.end()))) {
    spelt += table->bytes(id);
  }
  EXPECT_FALSE(spelt.empty());
  EXPECT_TRUE(forced.starts_with(spelt)) << spelt;
}

}  // namespace
}  // namespace hearth::grammar
