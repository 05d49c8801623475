#include "text/tokenizer/pre_tokenizer.h"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "text/testing/tokenizer_fixture.h"

namespace hearth {
namespace {

std::vector<uint32_t> sizes(const PreTokenizer& pre_tokenizer, std::string_view text) {
  std::vector<uint32_t> ends;
  const Status status = pre_tokenizer.split(text, ends);
  EXPECT_TRUE(status.has_value()) << (status ? "" : status.error().message);
  std::adjacent_difference(ends.begin(), ends.end(), ends.begin());
  return ends;
}

TEST(PreTokenizer, SplitsAsTheReference) {
  const nlohmann::json fixture = testing::read_fixture("pre_tokenizers.json");
  const std::vector<std::string> texts = fixture.at("texts");
  ASSERT_GT(texts.size(), 100u);
  ASSERT_GT(fixture.at("sizes").size(), 25u);
  for (const auto& [name, expected] : fixture.at("sizes").items()) {
    const auto pre_tokenizer = PreTokenizer::create(name);
    ASSERT_TRUE(pre_tokenizer.has_value()) << name;
    ASSERT_EQ(expected.size(), texts.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      EXPECT_EQ(sizes(*pre_tokenizer, texts[i]), expected[i].get<std::vector<uint32_t>>())
          << name << ": " << nlohmann::json(texts[i]);
    }
  }
}

TEST(PreTokenizer, EveryNameIsThereOnceAndWorks) {
  std::set<std::string_view> names;
  for (const std::string_view name : PreTokenizer::names()) {
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_TRUE(PreTokenizer::create(name).has_value()) << name;
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
  for (const std::string_view name : PreTokenizer::names()) {
    const NormalForm expected = nfc.contains(name) ? NormalForm::kNfc
                                : name == "claude" ? NormalForm::kNfkc
                                                   : NormalForm::kNone;
    EXPECT_EQ(PreTokenizer::create(name)->traits().normal_form, expected) << name;
  }
}

TEST(PreTokenizer, AnUnknownNameIsNamed) {
  const auto pre_tokenizer = PreTokenizer::create("no-such-model");
  ASSERT_FALSE(pre_tokenizer.has_value());
  EXPECT_EQ(pre_tokenizer.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(pre_tokenizer.error().message.find("no-such-model"), std::string::npos);
  EXPECT_FALSE(pre_tokenizer.error().hint.empty());
}

TEST(PreTokenizer, WordsCoverTheTextWhateverItsBytes) {
  std::mt19937 random(1);
  const std::string_view bytes("a1 \n'\xe4\xb8\xad\xff\xc3\xa9\xf0\x9f\x98\x80\xcc\x81.\0", 19);
  for (const std::string_view name : PreTokenizer::names()) {
    const PreTokenizer pre_tokenizer = *PreTokenizer::create(name);
    for (int round = 0; round < 300; ++round) {
      std::string text;
      for (unsigned i = random() % 40; i > 0; --i) text += bytes[random() % bytes.size()];
      std::vector<uint32_t> ends;
      ASSERT_TRUE(pre_tokenizer.split(text, ends).has_value());
      ASSERT_EQ(ends.empty() ? 0 : ends.back(), text.size());
      ASSERT_TRUE(std::ranges::is_sorted(ends));
      ASSERT_EQ(std::ranges::adjacent_find(ends), ends.end()) << "an empty word";
    }
  }
}

TEST(PreTokenizer, LongRunsTakeLinearTimeOrAnError) {
  for (const std::string_view name : PreTokenizer::names()) {
    const PreTokenizer pre_tokenizer = *PreTokenizer::create(name);
    for (const std::string_view unit :
         {" ", "a", "A", "1", "\n", "'", "\u4e2d", "a ", "\u0301", " \n", "\xff"}) {
      std::string text;
      while (text.size() < 200000) text += unit;
      std::vector<uint32_t> ends;
      const Status status = pre_tokenizer.split(text + "x", ends);
      // jais-2 looks to the end of a run of spaces for every 512 of them.
      EXPECT_TRUE(status.has_value() || name == "jais-2") << name << " on " << unit;
    }
  }
}

}  // namespace
}  // namespace hearth
