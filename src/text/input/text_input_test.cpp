#include "text/input/text_input.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/input/rerank_prompt.h"
#include "text/testing/tokenizer_fixture.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// [PAD] [UNK] [CLS] [SEP] and the words a to e.
Tokenizer words(const std::string& model = "bert", std::optional<bool> add_sep = std::nullopt) {
  VocabData data;
  data.model = model;
  data.tokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]"};
  for (const char* word : {"a", "b", "c", "d", "e"}) data.tokens.push_back(std::string("\u2581") + word);
  data.token_types.assign(data.tokens.size(), TokenType::kNormal);
  std::fill_n(data.token_types.begin(), 4, TokenType::kControl);
  data.token_types[1] = TokenType::kUnknown;
  if (model == "t5") {
    data.scores.assign(data.tokens.size(), -1.0f);
    data.bos_id = 2;
    data.eos_id = data.sep_id = 3;
    data.unk_id = 1;
    data.add_bos = data.add_eos = true;
  }
  data.add_sep = add_sep;
  return *Tokenizer::create(std::move(data));
}

TEST(CutLongestFirst, IsTheReferencesRule) {
  // By the truncation of the package tokenizers, of every size up to 12.
  const auto reference = [](size_t first, size_t second, size_t room) {
    size_t shorter = first, longer = second;
    const bool swapped = shorter > longer;
    if (swapped) std::swap(shorter, longer);
    if (shorter + longer <= room) return std::pair(first, second);
    longer = shorter > room ? shorter : std::max(shorter, room - shorter);
    if (shorter + longer > room) {
      shorter = room / 2;
      longer = shorter + room % 2;
    }
    if (swapped) std::swap(shorter, longer);
    return std::pair(shorter, longer);
  };
  for (size_t first = 0; first <= 12; ++first) {
    for (size_t second = 0; second <= 12; ++second) {
      for (size_t room = 0; room <= 25; ++room) {
        const auto cut = cut_longest_first(first, second, room);
        EXPECT_EQ(cut, reference(first, second, room)) << first << " " << second << " " << room;
        EXPECT_LE(cut.first + cut.second, room);
      }
    }
  }
  EXPECT_EQ(cut_longest_first(kWholeText, 3, 8), (std::pair<size_t, size_t>(5, 3)));
}

TEST(TextInput, CutsBetweenWhatStandsAround) {
  const Tokenizer tokenizer = words();
  const TextInput whole = *encode_text(tokenizer, "a b c d");
  EXPECT_THAT(whole.ids, ElementsAre(2, 4, 5, 6, 7, 3));
  EXPECT_FALSE(whole.is_cut());
  EXPECT_EQ(whole.ids, *tokenizer.encode("a b c d", {}));
  const TextInput cut = *encode_text(tokenizer, "a b c d", 4);
  EXPECT_THAT(cut.ids, ElementsAre(2, 4, 5, 3));
  EXPECT_TRUE(cut.is_cut());
  EXPECT_EQ(cut.num_whole, 6u);
  EXPECT_FALSE(encode_text(tokenizer, "a b c d", 6)->is_cut());
  EXPECT_THAT(encode_text(tokenizer, "")->ids, ElementsAre(2, 3));
  EXPECT_EQ(std::ranges::count(encode_text(tokenizer, "[SEP] a")->ids, 3), 1);
  for (const size_t room : {0, 2}) {
    const auto none = encode_text(tokenizer, "a", room);
    ASSERT_FALSE(none.has_value());
    EXPECT_THAT(none.error().message, HasSubstr("no room for a text"));
  }
}

TEST(TextInput, PairsOfBertAreTwoSegments) {
  const Tokenizer tokenizer = words();
  const TextInput pair = *encode_pair(tokenizer, "a b", "c");
  EXPECT_THAT(pair.ids, ElementsAre(2, 4, 5, 3, 6, 3));
  EXPECT_THAT(pair.types, ElementsAre(0, 0, 0, 0, 1, 1));
  const TextInput cut = *encode_pair(tokenizer, "a b", "c d e a b", 7);
  EXPECT_THAT(cut.ids, ElementsAre(2, 4, 5, 3, 6, 7, 3));
  EXPECT_THAT(cut.types, ElementsAre(0, 0, 0, 0, 1, 1, 1));
  EXPECT_EQ(cut.num_whole, 10u);
  EXPECT_THAT(encode_pair(tokenizer, "", "")->ids, ElementsAre(2, 3, 3));
}

TEST(TextInput, PairsOfRobertaHaveTwoSeparators) {
  const TextInput pair = *encode_pair(words("t5"), "a", "b");
  EXPECT_THAT(pair.ids, ElementsAre(2, 4, 3, 3, 5, 3));
  EXPECT_THAT(pair.types, ElementsAre(0, 0, 0, 0, 0, 0));
  EXPECT_THAT(encode_pair(words("t5", false), "a", "b")->ids, ElementsAre(2, 4, 3, 5, 3));
}

TEST(TextInput, AVocabularyWithoutAFormForPairsSaysSo) {
  const Tokenizer tokenizer = *Tokenizer::create(testing::vocab_of(testing::read_fixture("bpe_smollm.json")));
  const auto pair = encode_pair(tokenizer, "a", "b");
  ASSERT_FALSE(pair.has_value());
  EXPECT_EQ(pair.error().code, ErrorCode::kUnsupported);
}

/// <|im_start|> is 0, <|im_end|> is 1, and 2 with a newline.
class RerankPrompt : public ::testing::Test {
 protected:
  std::vector<TokenId> ids_of(std::string_view text, bool parse_special = true) const {
    return *tokenizer_.encode(text, {.add_special = false, .parse_special = parse_special});
  }
  const Tokenizer tokenizer_ =
      *Tokenizer::create(testing::vocab_of(testing::read_fixture("bpe_smollm.json")));
  static constexpr std::string_view kTemplate = "<|im_start|>Q {query}\nD {document}<|im_end|>\nA";
};

TEST_F(RerankPrompt, FillsTheTemplateOnce) {
  EXPECT_EQ(encode_rerank_prompt(tokenizer_, kTemplate, "one", "two")->ids,
            ids_of("<|im_start|>Q one\nD two<|im_end|>\nA"));
  const TextInput odd = *encode_rerank_prompt(tokenizer_, kTemplate, "{document}", "{query}");
  EXPECT_EQ(tokenizer_.decode(odd.ids, true), "<|im_start|>Q {document}\nD {query}<|im_end|>\nA");
  EXPECT_EQ(encode_rerank_prompt(tokenizer_, "{document} {query}", "one", "two")->ids, ids_of("two one"));
  EXPECT_FALSE(encode_rerank_prompt(tokenizer_, "{document}", "one", "two").has_value());
  EXPECT_TRUE(encode_rerank_prompt(tokenizer_, default_rerank_template(), "one", "two").has_value());
}

TEST_F(RerankPrompt, ControlTokensInATextStayText) {
  const TextInput input = *encode_rerank_prompt(tokenizer_, kTemplate, "<|im_end|>", "<|im_start|>");
  EXPECT_EQ(std::ranges::count(input.ids, 0), 1);
  // "<|im_end|>" with the newline behind it is a token too.
  EXPECT_EQ(std::ranges::count(input.ids, 1) + std::ranges::count(input.ids, 2), 1);
}

TEST_F(RerankPrompt, CutsTheDocumentAlone) {
  const std::string document(200, 'x');
  const TextInput whole = *encode_rerank_prompt(tokenizer_, kTemplate, "one", document);
  EXPECT_FALSE(whole.is_cut());
  const size_t most = whole.ids.size() - 5;
  const TextInput cut = *encode_rerank_prompt(tokenizer_, kTemplate, "one", document, most);
  EXPECT_EQ(cut.ids.size(), most);
  EXPECT_EQ(cut.num_whole, whole.ids.size());
  const std::string text = tokenizer_.decode(cut.ids, true);
  EXPECT_TRUE(text.starts_with("<|im_start|>Q one\nD xxx")) << text;
  EXPECT_TRUE(text.ends_with("xxx<|im_end|>\nA")) << text;
  EXPECT_FALSE(encode_rerank_prompt(tokenizer_, kTemplate, "one", document, 8).has_value());
}

}  // namespace
}  // namespace hearth
