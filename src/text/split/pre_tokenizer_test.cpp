#include "text/split/pre_tokenizer.h"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "text/testing/tokenizer_fixture.h"
#include "text/tokenizer/gguf_pre_tokenizers.h"

namespace hearth {
namespace {

PreTokenizer make(std::vector<PreTokenizerStep> steps) {
  auto made = PreTokenizer::create(std::move(steps));
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
  return made ? std::move(*made) : PreTokenizer();
}

PreTokenizer named(std::string_view name) { return make(find_gguf_pre_tokenizer(name)->steps()); }

std::vector<std::string> words_of(const PreTokenizer& pre_tokenizer, std::string_view text,
                                  bool at_start = true) {
  std::vector<Word> words;
  std::string storage;
  const Status status = pre_tokenizer.split(text, {at_start}, storage, words);
  EXPECT_TRUE(status.has_value()) << (status ? "" : status.error().message);
  std::vector<std::string> texts;
  for (const Word word : words) texts.emplace_back(text.substr(word.begin, word.end - word.begin));
  return texts;
}

std::vector<uint32_t> sizes(const PreTokenizer& pre_tokenizer, std::string_view text) {
  std::vector<uint32_t> found;
  for (const std::string& word : words_of(pre_tokenizer, text)) found.push_back(uint32_t(word.size()));
  return found;
}

TEST(PreTokenizer, SplitsAsTheReference) {
  const nlohmann::json fixture = testing::read_fixture("pre_tokenizers.json");
  const std::vector<std::string> texts = fixture.at("texts");
  ASSERT_GT(texts.size(), 100u);
  ASSERT_GT(fixture.at("sizes").size(), 25u);
  for (const auto& [name, expected] : fixture.at("sizes").items()) {
    const PreTokenizer pre_tokenizer = named(name);
    ASSERT_EQ(expected.size(), texts.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      EXPECT_EQ(sizes(pre_tokenizer, texts[i]), expected[i].get<std::vector<uint32_t>>())
          << name << ": " << nlohmann::json(texts[i]);
    }
  }
}

TEST(PreTokenizer, EveryNameIsThereOnceAndWorks) {
  std::set<std::string_view> names;
  for (const std::string_view name : gguf_pre_tokenizer_names()) {
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_TRUE(PreTokenizer::create(find_gguf_pre_tokenizer(name)->steps()).has_value()) << name;
  }
  for (const char* name : {"smollm", "llama-bpe", "llama3", "qwen2", "gpt-2", "deepseek-r1-qwen", "tekken",
                           "glm4", "command-r", "gpt-4o", "falcon3", "default", "gemma4"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

// docs/design/tokenizers.md names the source of each.
TEST(PreTokenizer, NormalizesWhereTheModelsTokenizerDoes) {
  const std::set<std::string_view> nfc = {"qwen2",       "deepseek-r1-qwen", "kormo", "f2llmv2",
                                          "megrez",      "qwen35",           "mpt",   "olmo",
                                          "modern-bert", "command-r"};
  for (const std::string_view name : gguf_pre_tokenizer_names()) {
    const NormalForm expected = nfc.contains(name) ? NormalForm::kNfc
                                : name == "claude" ? NormalForm::kNfkc
                                                   : NormalForm::kNone;
    EXPECT_EQ(find_gguf_pre_tokenizer(name)->traits.normal_form, expected) << name;
  }
}

TEST(PreTokenizer, WordsCoverTheTextWhateverItsBytes) {
  std::mt19937 random(1);
  const std::string_view bytes("a1 \n'\xe4\xb8\xad\xff\xc3\xa9\xf0\x9f\x98\x80\xcc\x81.\0", 19);
  for (const std::string_view name : gguf_pre_tokenizer_names()) {
    const PreTokenizer pre_tokenizer = named(name);
    for (int round = 0; round < 300; ++round) {
      std::string text;
      for (unsigned i = random() % 40; i > 0; --i) text += bytes[random() % bytes.size()];
      std::string joined;
      for (const std::string& word : words_of(pre_tokenizer, text)) {
        ASSERT_FALSE(word.empty());
        joined += word;
      }
      ASSERT_EQ(joined, text);
    }
  }
}

TEST(PreTokenizer, LongRunsTakeLinearTimeOrAnError) {
  for (const std::string_view name : gguf_pre_tokenizer_names()) {
    const PreTokenizer pre_tokenizer = named(name);
    for (const std::string_view unit :
         {" ", "a", "A", "1", "\n", "'", "\u4e2d", "a ", "\u0301", " \n", "\xff"}) {
      std::string text;
      while (text.size() < 200000) text += unit;
      text += "x";
      std::vector<Word> words;
      std::string storage;
      std::string_view view = text;
      const Status status = pre_tokenizer.split(view, {}, storage, words);
      // jais-2 looks to the end of a run of spaces for every 512 of them.
      EXPECT_TRUE(status.has_value() || name == "jais-2") << name << " on " << unit;
    }
  }
}

TEST(PreTokenizer, PunctuationIsThatOfTheReference) {
  const PreTokenizer pre_tokenizer = make({{.pattern = kPunctuationPattern}});
  for (const char* text : {"a$b", "a_b", "a`b", "a\u00a1b", "a\u3001b", "a\u166db"}) {
    EXPECT_EQ(words_of(pre_tokenizer, text).size(), 3u) << text;
  }
  for (const char* text : {"a\u20acb", "a\u061db",
                           "a\xff"
                           "b",
                           "a1b"}) {  // a symbol; one that is younger; no text
    EXPECT_EQ(words_of(pre_tokenizer, text).size(), 1u) << text;
  }
}

TEST(PreTokenizer, RewritingStepsPutSpacesWhereTheyAreAskedTo) {
  const auto metaspace = [](PreTokenizerStep::Prepend prepend, bool split) {
    return make(
        {{.kind = PreTokenizerStep::Kind::kMetaspace, .pattern = "_", .prepend = prepend, .split = split}});
  };
  using Words = std::vector<std::string>;
  using Prepend = PreTokenizerStep::Prepend;
  EXPECT_EQ(words_of(metaspace(Prepend::kAlways, true), "a b  c"), (Words{"_a", "_b", "_", "_c"}));
  EXPECT_EQ(words_of(metaspace(Prepend::kFirst, true), "a b", false), (Words{"a", "_b"}));
  EXPECT_EQ(words_of(metaspace(Prepend::kFirst, false), "a b"), (Words{"_a_b"}));
  EXPECT_EQ(words_of(metaspace(Prepend::kNever, true), " a"), (Words{"_a"}));
  EXPECT_EQ(words_of(make({{.pattern = "\\s", .behavior = SplitBehavior::kRemoved},
                           {.kind = PreTokenizerStep::Kind::kPrependSpace}}),
                     "a b"),
            (Words{" a", " b"}));
}

}  // namespace
}  // namespace hearth
