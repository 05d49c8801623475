#include <cstdlib>
#include <memory>
#include <random>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "formats/gguf/vocabulary.h"
#include "text/tokenizer/stream_decoder.h"
#include "text/tokenizer/tokenizer.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

/// The tokenizer of the default model, out of its own file.
class TokenizerModel : public testing::Test {
 protected:
  void SetUp() override {
    const char* path = std::getenv("HEARTH_TEST_MODEL");
    ASSERT_NE(path, nullptr) << "set HEARTH_TEST_MODEL to SmolLM2-135M-Instruct.Q4_1.gguf; ./dev test does";
    const auto file = GgufFile::open(path);
    ASSERT_TRUE(file.has_value()) << file.error().message;
    auto vocabulary = read_vocabulary(*file);
    ASSERT_TRUE(vocabulary.has_value()) << vocabulary.error().message;
    auto created = Tokenizer::create(std::move(*vocabulary));
    ASSERT_TRUE(created.has_value()) << created.error().message;
    tokenizer_ = std::make_unique<Tokenizer>(std::move(*created));
  }

  std::unique_ptr<Tokenizer> tokenizer_;
};

TEST_F(TokenizerModel, EqualsTheReference) {
  const auto text = read_file(HEARTH_SOURCE_DIR "/tests/fixtures/tokenizer/smollm2.json", size_t(1) << 20);
  ASSERT_TRUE(text.has_value());
  const nlohmann::json fixture = nlohmann::json::parse(*text);
  ASSERT_GT(fixture.at("cases").size(), 300u);
  for (const nlohmann::json& one : fixture.at("cases")) {
    const auto ids = tokenizer_->encode(one.at("text").get<std::string>(),
                                        {.add_special = false, .parse_special = fixture.at("parse_special")});
    ASSERT_TRUE(ids.has_value());
    EXPECT_EQ(*ids, one.at("ids").get<std::vector<TokenId>>()) << one.at("text");
  }
}

TEST_F(TokenizerModel, KnowsItsRoles) {
  const Vocab& vocab = tokenizer_->vocab();
  EXPECT_EQ(vocab.size(), 49152u);
  EXPECT_FALSE(vocab.add_bos());
  EXPECT_TRUE(tokenizer_->is_end_of_generation(*vocab.find("<|im_end|>")));
  EXPECT_TRUE(tokenizer_->is_control(*vocab.find("<|im_start|>")));
  EXPECT_FALSE(tokenizer_->is_end_of_generation(*vocab.find("<|im_start|>")));
}

TEST_F(TokenizerModel, LongTextDecodesToItself) {
  std::mt19937 random(1);
  std::string text;
  while (text.size() < 200000) {
    for (unsigned i = 1 + random() % 9; i > 0; --i) text += char('a' + random() % 26);
    text += " \n.,0"[random() % 5];
    if (random() % 20 == 0) append_utf8(text, 0xa1 + random() % 0x3000);
  }
  const auto ids = tokenizer_->encode(text, {});
  ASSERT_TRUE(ids.has_value());
  EXPECT_EQ(tokenizer_->decode(*ids), text);
}

TEST_F(TokenizerModel, AnyIdsStreamAsValidText) {
  std::mt19937 random(2);
  StreamDecoder decoder(*tokenizer_);
  for (int round = 0; round < 200; ++round) {
    std::vector<TokenId> ids;
    std::string text;
    for (int i = 0; i < 500; ++i) {
      ids.push_back(TokenId(random() % (i % 2 == 0 ? 49152 : 400)));
      const std::string chunk = decoder.push(ids.back());
      ASSERT_EQ(sanitize_utf8(chunk), chunk);
      text += chunk;
    }
    ASSERT_EQ(text + decoder.flush(), sanitize_utf8(tokenizer_->decode(ids)));
  }
}

}  // namespace
}  // namespace hearth
