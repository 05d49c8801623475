#include "text/tokenizer/token_finder.h"

#include <random>

#include <gtest/gtest.h>

#include "text/tokenizer/gguf_spec.h"

namespace hearth {
namespace {

using Allow = TokenFinder::Allow;

auto accepting(Allow allow) {
  return [allow](Allow strictest, size_t, size_t) { return strictest >= allow; };
}

Vocab vocab_of(std::vector<std::string> tokens, std::vector<TokenType> types) {
  VocabData data;
  data.model = "gpt2";
  data.tokens = std::move(tokens);
  data.token_types = std::move(types);
  return *Vocab::create(std::move(data));
}

TEST(TokenFinder, FindsTheLeftmostLongestByTheDefinition) {
  std::mt19937 random(1);
  const auto random_text = [&](unsigned max_size) {
    std::string text;
    for (unsigned i = 1 + random() % max_size; i > 0; --i) text += "ab<"[random() % 3];
    return text;
  };
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> tokens;
    for (unsigned i = 1 + random() % 8; i > 0; --i) tokens.push_back(random_text(5));
    const Vocab vocab = vocab_of(tokens, std::vector<TokenType>(tokens.size(), TokenType::kControl));
    const TokenFinder finder = *TokenFinder::create(gguf_added_tokens(vocab));
    const std::string text = random_text(30);
    TokenFinder::Found expected = {text.size(), 0, -1};
    for (size_t at = 0; at < text.size() && expected.id < 0; ++at) {
      for (const std::string& token : tokens) {
        if (token.size() <= expected.size || text.compare(at, token.size(), token) != 0) continue;
        expected = {at, token.size(), *vocab.find(token)};
      }
    }
    const TokenFinder::Found found = finder.find(text, 0, accepting(Allow::kAll));
    ASSERT_EQ(found.begin, expected.begin) << text;
    ASSERT_EQ(found.size, expected.size) << text;
    ASSERT_EQ(found.id, expected.id) << text;
  }
}

TEST(TokenFinder, FindsWhatIsAllowed) {
  const TokenType user = TokenType::kUserDefined;
  const Vocab vocab =
      vocab_of({"<|end|>", "<think>", "   ", "<b>", "  ", "[TOOL_CALLS]", "\n\n", "<unk>"},
               {TokenType::kControl, user, user, user, TokenType::kControl, user, user, TokenType::kUnknown});
  const TokenFinder finder = *TokenFinder::create(gguf_added_tokens(vocab));
  const auto ids = [&](std::string_view text, Allow allow) {
    std::vector<TokenId> found;
    for (size_t at = 0; at < text.size();) {
      const auto one = finder.find(text, at, accepting(allow));
      if (one.id >= 0) found.push_back(one.id);
      at = one.begin + one.size;
    }
    return found;
  };
  const std::string text = "<|end|><think>   <b>  [TOOL_CALLS]\n\n<unk>";
  EXPECT_EQ(ids(text, Allow::kAll), (std::vector<TokenId>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(ids(text, Allow::kText), (std::vector<TokenId>{1, 2, 3, 5, 6}));
  EXPECT_EQ(ids(text, Allow::kContent), (std::vector<TokenId>{2, 3, 6}));
}

TEST(TokenFinder, AShorterTokenIsFoundWhereTheLongerIsNotAllowed) {
  const Vocab vocab = vocab_of({"\n", "\n\n"}, {TokenType::kUserDefined, TokenType::kControl});
  const TokenFinder finder = *TokenFinder::create(gguf_added_tokens(vocab));
  EXPECT_EQ(finder.find("a\n\n", 0, accepting(Allow::kText)).id, 0);
  EXPECT_EQ(finder.find("a\n\n", 0, accepting(Allow::kAll)).id, 1);
}

TEST(TokenFinder, LimitsTheSizeOfAToken) {
  const auto create = [](size_t size) {
    return TokenFinder::create(gguf_added_tokens(vocab_of({std::string(size, 'x')}, {TokenType::kControl})));
  };
  EXPECT_TRUE(create(4096).has_value());
  ASSERT_FALSE(create(4097).has_value());
  EXPECT_NE(create(4097).error().message.find("tokens[0]"), std::string::npos);
}

TEST(TokenFinder, TakesSpaceAndLooksAtNeighboursWhereATokenAsksForIt) {
  const TokenFinder finder = *TokenFinder::create({
      {.id = 0, .content = "<l>", .lstrip = true},
      {.id = 1, .content = "<r>", .rstrip = true},
      {.id = 2, .content = "word", .single_word = true},
  });
  const auto found = [&](std::string_view text) {
    const auto one = finder.find(text, 0, accepting(Allow::kText));
    return std::tuple(one.id, one.begin, one.size);
  };
  EXPECT_EQ(found("a \n\u3000<l> b"), std::tuple(0, 1, 8));
  EXPECT_EQ(found("  <l>"), std::tuple(0, 0, 5));
  EXPECT_EQ(found("a <r> \n\u3000b"), std::tuple(1, 2, 8));
  EXPECT_EQ(found("<r> "), std::tuple(1, 0, 4));
  EXPECT_EQ(found("a word."), std::tuple(2, 2, 4));
  EXPECT_EQ(found("word"), std::tuple(2, 0, 4));
  for (const char* text : {"words", "sword", "\u00e9word", "word\u0301", "word1", "_word"}) {
    EXPECT_EQ(std::get<0>(found(text)), -1) << text;
  }
  EXPECT_EQ(found("words word"), std::tuple(2, 6, 4));
}

}  // namespace
}  // namespace hearth
