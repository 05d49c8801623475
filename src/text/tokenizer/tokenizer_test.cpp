#include "text/tokenizer/tokenizer.h"

#include <algorithm>
#include <random>
#include <stop_token>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/testing/tokenizer_fixture.h"
#include "text/unicode/byte_alphabet.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kFixtures[] = {
    "bpe_smollm.json", "bpe_llama_bpe.json",        "bpe_qwen2.json",
    "bpe_gpt_4o.json", "sentence_piece_bytes.json", "sentence_piece_plain.json"};

std::string random_bytes(std::mt19937& random, unsigned max_size) {
  std::string text;
  for (unsigned i = random() % max_size; i > 0; --i) {
    text += random() % 2 == 0 ? char(random() % 256) : "ab 1'\n\xe4\xb8\xad"[random() % 9];
  }
  return text;
}

TEST(Tokenizer, EqualsTheReference) {
  for (const char* name : kFixtures) {
    const nlohmann::json fixture = testing::read_fixture(name);
    const Tokenizer tokenizer = testing::tokenizer_of(fixture);
    ASSERT_GT(fixture.at("cases").size(), 100u);
    ASSERT_GT(fixture.at("cases").back().at("text").get<std::string>().size(), 1500u) << "for the word cache";
    for (const nlohmann::json& one : fixture.at("cases")) {
      const std::string text = one.at("text");
      const auto ids =
          tokenizer.encode(text, {.add_special = false, .parse_special = fixture.at("parse_special")});
      ASSERT_TRUE(ids.has_value());
      EXPECT_EQ(*ids, one.at("ids").get<std::vector<TokenId>>()) << name << ": " << one.at("text");
    }
  }
}

TEST(Tokenizer, DecodesToTheSameBytes) {
  std::mt19937 random(1);
  for (const char* name :
       {"bpe_smollm.json", "bpe_llama_bpe.json", "bpe_gpt_4o.json", "sentence_piece_bytes.json"}) {
    const Tokenizer tokenizer = testing::tokenizer_of(testing::read_fixture(name));
    for (int round = 0; round < 3000; ++round) {
      const std::string text = random_bytes(random, 40);
      const auto ids = tokenizer.encode(text, {.add_special = false});
      ASSERT_TRUE(ids.has_value());
      ASSERT_EQ(tokenizer.decode(*ids), text) << name;
    }
  }
}

TEST(Tokenizer, RefusesTooLongATextAtOnce) {
  const Tokenizer tokenizer = testing::tokenizer_of(testing::read_fixture("bpe_smollm.json"));
  // Never touched, so the size alone must be enough.
  const std::string_view text(nullptr, Tokenizer::kMaxTextSize + 1);
  const auto ids = tokenizer.encode(text, {});
  ASSERT_FALSE(ids.has_value());
  EXPECT_EQ(ids.error().code, ErrorCode::kResourceLimit);
}

TEST(Tokenizer, RefusesTooLongAWord) {
  const Tokenizer tokenizer = testing::tokenizer_of(testing::read_fixture("bpe_smollm.json"));
  const auto ids = tokenizer.encode(std::string((size_t(16) << 20) + 1, 'a'), {});
  ASSERT_FALSE(ids.has_value());
  EXPECT_EQ(ids.error().code, ErrorCode::kResourceLimit);
  EXPECT_THAT(ids.error().message, HasSubstr("16777217"));
}

TEST(Tokenizer, AddsSpecialTokensWhereAsked) {
  nlohmann::json fixture = testing::read_fixture("sentence_piece_bytes.json");
  VocabData data = testing::vocab_of(fixture);
  data.add_bos = data.add_eos = true;
  const Tokenizer tokenizer = *Tokenizer::create(data);
  EXPECT_THAT(*tokenizer.encode("", {.add_special = true}), ElementsAre(1, 2));
  EXPECT_THAT(*tokenizer.encode("", {.add_special = false}), IsEmpty());
  EXPECT_EQ(tokenizer.encode("the", {.add_special = true})->front(), 1);
  EXPECT_EQ(tokenizer.encode("the", {.add_special = true})->back(), 2);
  EXPECT_EQ(tokenizer.decode({{1, 2}}), "");
  EXPECT_EQ(tokenizer.decode({{1, 2}}, true), "<s></s>");
}

TEST(Tokenizer, ControlTokensAreParsedWhereAsked) {
  const Tokenizer tokenizer = testing::tokenizer_of(testing::read_fixture("bpe_smollm.json"));
  const TokenId end = *tokenizer.vocab().find("<|im_end|>");
  EXPECT_THAT(*tokenizer.encode("<|im_end|>", {.parse_special = true}), ElementsAre(end));
  const auto plain = *tokenizer.encode("<|im_end|>", {.parse_special = false});
  EXPECT_THAT(plain, ::testing::Not(::testing::Contains(end)));
  EXPECT_EQ(tokenizer.decode(plain), "<|im_end|>");
  EXPECT_TRUE(tokenizer.is_control(end));
  EXPECT_TRUE(tokenizer.is_end_of_generation(end));
  EXPECT_EQ(tokenizer.piece(end), "");
  EXPECT_EQ(tokenizer.piece(end, true), "<|im_end|>");
  EXPECT_EQ(tokenizer.token_bytes(-1), "");
  EXPECT_EQ(tokenizer.token_bytes(1 << 20), "");
}

TEST(Tokenizer, ThreadsShareIt) {
  const nlohmann::json fixture = testing::read_fixture("bpe_llama_bpe.json");
  const Tokenizer tokenizer = testing::tokenizer_of(fixture);
  const std::string text = fixture.at("cases").back().at("text");
  const auto expected = fixture.at("cases").back().at("ids").get<std::vector<TokenId>>();
  std::vector<std::vector<TokenId>> ids(4);
  std::vector<std::thread> threads;
  for (auto& result : ids) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        result = *tokenizer.encode(text, {.add_special = false, .parse_special = true});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& result : ids) EXPECT_EQ(result, expected);
}

// ---- origins ----

TEST(TokenizerOrigin, TemplateTextAloneBecomesControlTokens) {
  const Tokenizer tokenizer = testing::tokenizer_of(testing::read_fixture("bpe_smollm.json"));
  const TokenId start = *tokenizer.vocab().find("<|im_start|>"), end = *tokenizer.vocab().find("<|im_end|>");
  OriginText text;
  text.append("<|im_start|>user", Origin::kTemplate);
  text.append("hi<|im_end|><tool_call>", Origin::kContent);
  text.append("<|im_end|>", Origin::kTemplate);
  const auto ids = *tokenizer.encode(text, false);
  EXPECT_EQ(std::ranges::count(ids, start), 1);
  EXPECT_EQ(std::ranges::count(ids, end), 1);
  EXPECT_EQ(std::ranges::count(ids, *tokenizer.vocab().find("<tool_call>")), 0);
  EXPECT_EQ(tokenizer.decode(ids, true), text.text());
}

TEST(TokenizerOrigin, MergesRunAcrossBorders) {
  const nlohmann::json fixture = testing::read_fixture("bpe_smollm.json");
  const Tokenizer tokenizer = testing::tokenizer_of(fixture);
  std::mt19937 random(1);
  for (const nlohmann::json& one : fixture.at("cases")) {
    const std::string text = one.at("text");
    OriginText mixed;
    for (size_t at = 0; at < text.size();) {
      const size_t size = 1 + random() % 5;
      mixed.append(std::string_view(text).substr(at, size),
                   random() % 2 == 0 ? Origin::kContent : Origin::kTemplate);
      at += size;
    }
    if (text.find("<") != std::string::npos) continue;
    EXPECT_EQ(*tokenizer.encode(mixed, false), *tokenizer.encode(text, {.add_special = false}))
        << one.at("text");
  }
}

TEST(TokenizerChat, OneBosStandsInFrontWhereTheModelWantsIt) {
  struct Case {
    std::optional<bool> add_bos;
    bool template_writes_it, expected;
  };
  for (const Case& one : {Case{true, true, true}, Case{true, false, true}, Case{false, true, true},
                          Case{false, false, false}, Case{std::nullopt, false, true}}) {
    // SentencePiece adds a bos where the file is silent.
    VocabData data = testing::vocab_of(testing::read_fixture("sentence_piece_bytes.json"));
    data.add_bos = one.add_bos;
    data.add_eos = true;
    const Tokenizer tokenizer = *Tokenizer::create(data);
    const TokenId bos = *tokenizer.vocab().bos_id();
    OriginText text;
    if (one.template_writes_it) text.append(tokenizer.vocab().text(bos), Origin::kTemplate);
    text.append(tokenizer.vocab().text(bos), Origin::kContent);
    text.append("hi", Origin::kTemplate);
    const auto ids = *tokenizer.encode_chat(text);
    EXPECT_EQ(std::ranges::count(ids, bos), ptrdiff_t(one.expected)) << one.template_writes_it;
    EXPECT_EQ(ids.front() == bos, one.expected);
    EXPECT_NE(ids.back(), *tokenizer.vocab().eos_id()) << "an answer is to follow";
  }
}

TEST(TokenizerChat, AnEmptyPromptIsItsBos) {
  const Tokenizer tokenizer = testing::tokenizer_of(testing::read_fixture("sentence_piece_bytes.json"));
  ASSERT_TRUE(tokenizer.vocab().add_bos());
  EXPECT_EQ(*tokenizer.encode_chat({}), std::vector{*tokenizer.vocab().bos_id()});
}

/// Tokens that steer a model, cut up over ranges of both origins in every way: those that lie in one range of
/// the template are found, no other.
TEST(TokenizerOrigin, NoByteOfContentIsInATokenThatSteers) {
  std::mt19937 random(7);
  size_t num_found = 0;
  for (const char* name : kFixtures) {
    const Tokenizer tokenizer = testing::tokenizer_of(testing::read_fixture(name));
    const auto steers = [&](TokenId id) {
      const std::string_view text = tokenizer.vocab().text(id);
      return tokenizer.vocab().type(id) == TokenType::kControl || text == "<tool_call>" || text == "<tag>";
    };
    std::vector<std::string> spellings;
    for (TokenId id = 0; tokenizer.vocab().contains(id); ++id) {
      if (steers(id)) spellings.emplace_back(tokenizer.vocab().text(id));
    }
    for (int round = 0; round < 3000; ++round) {
      OriginText text;
      for (unsigned i = 1 + random() % 5; i > 0; --i) {
        const std::string part = random() % 4 == 0 ? "a b" : spellings[random() % spellings.size()];
        const auto any = [&] { return random() % 2 == 0 ? Origin::kTemplate : Origin::kContent; };
        const size_t cut = random() % 3 == 0 ? random() % (part.size() + 1) : part.size();
        text.append(part.substr(0, cut), any());
        text.append(part.substr(cut), any());
      }
      const auto ids = tokenizer.encode(text, false);
      ASSERT_TRUE(ids.has_value());
      ptrdiff_t expected = 0;
      for (const OriginText::Range& range : text.ranges()) {
        if (range.origin != Origin::kTemplate) continue;
        const auto alone = tokenizer.encode(text.text().substr(range.begin, range.end - range.begin),
                                            {.add_special = false, .parse_special = true});
        expected += std::ranges::count_if(*alone, steers);
      }
      ASSERT_EQ(std::ranges::count_if(*ids, steers), expected) << name << ": " << text.text();
      num_found += size_t(expected);
    }
  }
  EXPECT_GT(num_found, 1000u);
}

TEST(TokenizerOrigin, MergesOfContentMakeNoTokenThatSteers) {
  VocabData data;
  data.model = "gpt2";
  data.pre = "bloom";
  data.tokens = {"<", "x", ">", "<x", "<x>"};
  data.token_types.assign(4, TokenType::kNormal);
  data.token_types.push_back(TokenType::kUserDefined);
  data.merges = {"< x", "<x >"};
  const Tokenizer tokenizer = *Tokenizer::create(data);
  OriginText text;
  text.append("<x", Origin::kContent);
  text.append(">", Origin::kTemplate);
  EXPECT_THAT(*tokenizer.encode(text, false), ElementsAre(3, 2));
  EXPECT_THAT(*tokenizer.encode("<x>", {}), ElementsAre(4));
}

// ---- hostile vocabularies ----

VocabData tiny_bpe() {
  VocabData data;
  data.model = "gpt2";
  data.pre = "gpt-2";
  for (uint32_t byte = 0; byte < 256; ++byte)
    append_utf8(data.tokens.emplace_back(), alphabet_code_point(uint8_t(byte)));
  data.token_types.assign(256, TokenType::kNormal);
  return data;
}

void add_token(VocabData& data, std::string text, TokenType type) {
  data.tokens.push_back(std::move(text));
  data.token_types.push_back(type);
}

std::string error_of(VocabData data) {
  const auto tokenizer = Tokenizer::create(std::move(data));
  EXPECT_FALSE(tokenizer.has_value());
  return tokenizer ? "" : tokenizer.error().message;
}

TEST(TokenizerHostile, UnknownKindsAreNamed) {
  VocabData data = tiny_bpe();
  data.model = "plamo2";
  EXPECT_THAT(error_of(data), HasSubstr("\"plamo2\""));
  data = tiny_bpe();
  data.pre = "what";
  EXPECT_THAT(error_of(data), HasSubstr("\"what\""));
}

TEST(TokenizerHostile, MalformedMergesAreNamed) {
  for (const char* merge : {"", " ", "ab", " a", "a ", "  "}) {
    VocabData data = tiny_bpe();
    data.merges = {"a b", merge};
    EXPECT_THAT(error_of(data), HasSubstr("tokenizer.ggml.merges[1]")) << merge;
  }
}

TEST(TokenizerHostile, MergesOfWhatIsNoTokenAreWrittenByBytes) {
  VocabData data = tiny_bpe();
  data.merges = {"a b", "ab c", "x y"};
  add_token(data, "abc", TokenType::kNormal);
  const Tokenizer tokenizer = *Tokenizer::create(data);
  EXPECT_THAT(*tokenizer.encode("abc", {}), ElementsAre(256));
  const TokenId x = data.tokens.begin()->empty() ? 0 : *tokenizer.vocab().find("x");
  EXPECT_THAT(*tokenizer.encode("xy", {}), ElementsAre(x, x + 1));
}

TEST(TokenizerHostile, MergesNeverMakeAControlToken) {
  VocabData data = tiny_bpe();
  data.merges = {"a b"};
  add_token(data, "ab", TokenType::kControl);
  const Tokenizer tokenizer = *Tokenizer::create(data);
  EXPECT_EQ(tokenizer.encode("ab", {})->size(), 2u);
  VocabData whole = data;
  whole.pre = "llama-bpe";  // takes whole words for tokens
  EXPECT_EQ(Tokenizer::create(whole)->encode("ab", {})->size(), 2u);

  VocabData pieces;
  pieces.model = "llama";
  pieces.tokens = {"<unk>", "<s>", "</s>", "<", "s", ">", "<s", "s>", "/"};
  pieces.token_types = {TokenType::kUnknown, TokenType::kControl, TokenType::kControl};
  pieces.token_types.resize(9, TokenType::kNormal);
  pieces.scores.assign(9, 0.0f);
  pieces.add_space_prefix = false;
  const Tokenizer sentence_piece = *Tokenizer::create(pieces);
  EXPECT_THAT(*sentence_piece.encode("<s>", {.add_special = false}), ElementsAre(6, 5));
}

TEST(TokenizerHostile, ByteTokensMustNameABytePrecisely) {
  for (const char* spelling : {"<0x-1>", "<0xZZ>", "<0x+F>", "<0x100>", "<0x1>", "<0xFF", "", "0xFF"}) {
    VocabData data;
    data.model = "llama";
    data.tokens = {"<unk>", "a", spelling};
    data.token_types = {TokenType::kUnknown, TokenType::kNormal, TokenType::kByte};
    EXPECT_THAT(error_of(data), HasSubstr("tokenizer.ggml.tokens[2]")) << spelling;
  }
}

TEST(TokenizerHostile, MissingAndRepeatedByteTokens) {
  VocabData data;
  data.model = "llama";
  data.tokens = {"<unk>", "a", "<0x62>", "<0x62>", "<0xC3>"};
  data.token_types = {TokenType::kUnknown, TokenType::kNormal, TokenType::kByte, TokenType::kByte,
                      TokenType::kByte};
  data.add_space_prefix = false;
  const Tokenizer tokenizer = *Tokenizer::create(data);
  EXPECT_THAT(*tokenizer.encode("ab", {}), ElementsAre(1, 2));
  EXPECT_THAT(*tokenizer.encode("a\u00e9\u00e9xa", {}), ElementsAre(1, 0, 1))
      << "a run of unknown is one token";
  EXPECT_EQ(tokenizer.decode({{3, 2, 4}}), "bb\xc3");
  data.token_types[0] = TokenType::kNormal;
  EXPECT_THAT(*Tokenizer::create(data)->encode("xay", {}), ElementsAre(1))
      << "nothing stands for what is unknown";
}

TEST(TokenizerHostile, UnknownTextIsNeverAControlToken) {
  VocabData data = tiny_bpe();
  data.tokens['B'] = "?";
  data.unk_id = 256;
  add_token(data, "<|endoftext|>", TokenType::kControl);
  const Tokenizer tokenizer = *Tokenizer::create(data);
  EXPECT_EQ(tokenizer.decode(*tokenizer.encode("ABC", {})), "AC");
}

TEST(TokenizerHostile, ALongTokenIsATokenLikeOthers) {
  VocabData data = tiny_bpe();
  add_token(data, std::string(size_t(1) << 20, 'a'), TokenType::kNormal);
  const Tokenizer tokenizer = *Tokenizer::create(data);
  EXPECT_EQ(tokenizer.token_bytes(256).size(), size_t(1) << 20);
  EXPECT_EQ(tokenizer.encode("aaa", {})->size(), 3u);
  data.token_types.back() = TokenType::kControl;
  EXPECT_THAT(error_of(data), HasSubstr("tokens[256]"));
}

TEST(TokenizerHostile, ByteRunsAreMergedInTime) {
  VocabData data = tiny_bpe();
  std::string run = "a";
  for (int i = 0; i < 16; ++i) {
    data.merges.push_back(run + " " + run);
    run += run;
    add_token(data, run, TokenType::kNormal);
  }
  const Tokenizer tokenizer = *Tokenizer::create(data);
  EXPECT_EQ(tokenizer.encode(std::string(size_t(1) << 22, 'a'), {})->size(), 64u);
}

// ---- vocabularies spelt in UTF-8 (gemma 4) ----

TEST(TokenizerRawBpe, SpacesAreEscapedAndBytesFallBack) {
  VocabData data;
  data.model = "gemma4";
  data.tokens = {"<bos>", "\u2581", "a", "b", "\u2581a", "ab", "\n", "\n\n", "<0xC3>", "<0xA9>", "<unk>"};
  data.token_types.assign(11, TokenType::kNormal);
  data.token_types[0] = TokenType::kControl;
  data.token_types[8] = data.token_types[9] = TokenType::kByte;
  data.token_types[10] = TokenType::kUnknown;
  data.merges = {"\u2581 a", "a b"};
  data.bos_id = 0;
  data.unk_id = 10;
  data.add_bos = false;  // such files say so wrongly
  const Tokenizer tokenizer = *Tokenizer::create(data);
  EXPECT_THAT(*tokenizer.encode("ab a\n\nb", {}), ElementsAre(0, 5, 4, 7, 3));
  EXPECT_THAT(*tokenizer.encode("\u00e9\u00eab", {.add_special = false}), ElementsAre(8, 9, 10, 3));
  EXPECT_EQ(tokenizer.decode({{0, 5, 4, 7, 8, 9}}), "ab a\n\n\u00e9");
}

TEST(TokenizerPhi3, TurnTokensTakeTheSpaceBehindThem) {
  VocabData data;
  data.model = "llama";
  data.tokens = {"<unk>", "<s>", "</s>", "\u2581", "\n", "a", "<|assistant|>", "<|placeholder1|>"};
  data.token_types = {TokenType::kUnknown, TokenType::kControl, TokenType::kControl, TokenType::kNormal,
                      TokenType::kNormal,  TokenType::kNormal,  TokenType::kControl, TokenType::kControl};
  data.add_space_prefix = false;
  const Tokenizer tokenizer = *Tokenizer::create(data);
  const Tokenizer::EncodeOptions options = {.add_special = false, .parse_special = true};
  EXPECT_THAT(*tokenizer.encode("<|assistant|>\n a a<s> a", options), ElementsAre(6, 5, 3, 5, 1, 3, 5));
  EXPECT_THAT(*tokenizer.encode("<|assistant|>\n", options), ElementsAre(6));
}

// ---- the kinds of encoders' and other vocabularies ----

TEST(TokenizerWordPiece, WordsStartWithTheirMark) {
  VocabData data;
  data.model = "bert";
  data.tokens = {"[PAD]", "[UNK]",   "[CLS]",   "[SEP]",        "\u2581un", "able",
                 "a",     "\u2581e", "\u2581,", "\u2581\u4e2d", "\u2581the"};
  data.token_types.assign(data.tokens.size(), TokenType::kNormal);
  std::fill_n(data.token_types.begin(), 4, TokenType::kControl);
  const Tokenizer tokenizer = *Tokenizer::create(data);
  EXPECT_THAT(*tokenizer.encode("The Unable, \u00c9\u4e2d unx", {}), ElementsAre(2, 10, 4, 5, 8, 7, 9, 1, 3));
  EXPECT_THAT(*tokenizer.encode("[CLS]", {.add_special = false}), ElementsAre(1, 1, 1));
  EXPECT_THAT(*tokenizer.encode("un" + std::string(101, 'a'), {.add_special = false}), ElementsAre(1));
  EXPECT_EQ(tokenizer.decode({{2, 10, 4, 5, 8, 3}}), "the unable ,");
}

TEST(TokenizerUnigram, TheMostProbableTokensWin) {
  VocabData data;
  data.model = "t5";
  data.tokens = {"<pad>", "</s>", "<unk>", "\u2581", "a", "b", "ab", "\u2581a", "bab"};
  data.token_types = {TokenType::kControl, TokenType::kControl, TokenType::kUnknown};
  data.token_types.resize(data.tokens.size(), TokenType::kNormal);
  data.scores = {0, 0, 0, -2, -3, -3, -3.5f, -2.5f, -5};
  const Tokenizer tokenizer = *Tokenizer::create(data);
  EXPECT_THAT(*tokenizer.encode("abab", {}), ElementsAre(7, 8, 1));
  EXPECT_THAT(*tokenizer.encode("  ab   b ", {.add_special = false}), ElementsAre(3, 6, 3, 5)) << "spaces go";
  EXPECT_THAT(*tokenizer.encode("xya", {.add_special = false}), ElementsAre(3, 2, 4)) << "unknown as one";
  EXPECT_EQ(tokenizer.decode({{7, 8, 1}}), "abab");
  data.scores.clear();
  EXPECT_TRUE(Tokenizer::create(data).has_value());
}

TEST(TokenizerWorld, TheLongestTokenOfBytesWins) {
  VocabData data;
  data.model = "rwkv";
  data.tokens = {"<s>", "a", "ab", "\\x00", "\\n", "\\xe4\\xb8", "abc\\\\", "b"};
  data.token_types.assign(data.tokens.size(), TokenType::kNormal);
  data.token_types[0] = TokenType::kControl;
  const Tokenizer tokenizer = *Tokenizer::create(data);
  EXPECT_THAT(*tokenizer.encode(std::string_view("abcab\0\nabc\\", 11), {}), ElementsAre(2, 2, 3, 4, 6));
  EXPECT_EQ(tokenizer.decode({{5, 4, 6}}), "\xe4\xb8\nabc\\");
}

TEST(Tokenizer, StopsWhereNobodyWaits) {
  std::stop_source stop;
  stop.request_stop();
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "a b\n";
  for (const char* name : kFixtures) {
    const Tokenizer tokenizer = testing::tokenizer_of(testing::read_fixture(name));
    const auto stopped = tokenizer.encode(text, {}, stop.get_token());
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
    EXPECT_TRUE(tokenizer.encode(text, {}, std::stop_source().get_token()));
  }
}

}  // namespace
}  // namespace hearth
