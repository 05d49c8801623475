#include "text/tokenizer/stream_decoder.h"

#include <random>

#include <gtest/gtest.h>

#include "text/testing/tokenizer_fixture.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

bool is_valid(std::string_view text) { return sanitize_utf8(text) == text; }

void check_streams(const std::string& fixture_name, uint32_t seed) {
  const Tokenizer tokenizer = testing::tokenizer_of(testing::read_fixture(fixture_name));
  std::mt19937 random(seed);
  for (const bool render_special : {false, true}) {
    StreamDecoder decoder(tokenizer, {.render_special = render_special});
    for (int round = 0; round < 500; ++round) {
      std::vector<TokenId> ids;
      std::string text;
      for (unsigned i = random() % 60; i > 0; --i) {
        // Half of them stand for single bytes, which make and break code points; a few are out of range.
        const unsigned range = random() % 2 == 0 ? 270 : unsigned(tokenizer.vocab().size()) + 2;
        ids.push_back(TokenId(random() % range) - 1);
        const std::string chunk = decoder.push(ids.back());
        ASSERT_TRUE(is_valid(chunk));
        text += chunk;
      }
      text += decoder.flush();
      ASSERT_EQ(text, sanitize_utf8(tokenizer.decode(ids, render_special)));
    }
  }
}

TEST(StreamDecoder, ChunksAreValidAndJoinToTheWhole) {
  check_streams("bpe_smollm.json", 1);
  check_streams("bpe_llama_bpe.json", 2);
  check_streams("sentence_piece_bytes.json", 3);
  check_streams("sentence_piece_plain.json", 4);
}

TEST(StreamDecoder, EmitsACodePointAsSoonAsItIsWhole) {
  const Tokenizer tokenizer = testing::tokenizer_of(testing::read_fixture("sentence_piece_bytes.json"));
  StreamDecoder decoder(tokenizer);
  const auto byte = [&](const char* name) { return *tokenizer.vocab().find(name); };
  EXPECT_EQ(decoder.push(byte("<0xF0>")), "");
  EXPECT_EQ(decoder.push(byte("<0x9F>")), "");
  EXPECT_EQ(decoder.push(byte("<0x98>")), "");
  EXPECT_EQ(decoder.push(byte("<0x80>")), "\U0001f600");
  EXPECT_EQ(decoder.push(byte("<0xE4>")), "");
  EXPECT_EQ(decoder.push(byte("<0x41>")),
            "\ufffd"
            "A");
  EXPECT_EQ(decoder.push(byte("<0xC3>")), "");
  EXPECT_EQ(decoder.flush(), "\ufffd");
  EXPECT_EQ(decoder.flush(), "");
}

TEST(StreamDecoder, DropsTheSpacePrefixAtTheStartOnly) {
  const Tokenizer tokenizer = testing::tokenizer_of(testing::read_fixture("sentence_piece_bytes.json"));
  const auto ids = *tokenizer.encode("the the", {.add_special = false});
  StreamDecoder decoder(tokenizer), inside(tokenizer, {.at_start = false});
  std::string text, rest;
  for (const TokenId id : ids) text += decoder.push(id), rest += inside.push(id);
  EXPECT_EQ(text + decoder.flush(), "the the");
  EXPECT_EQ(rest + inside.flush(), " the the");
}

}  // namespace
}  // namespace hearth
