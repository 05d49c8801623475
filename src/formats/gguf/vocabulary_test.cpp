#include "formats/gguf/vocabulary.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/testing/gguf_builder.h"

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kTokens = {"<unk>", "a", "b", "ab"};

Result<VocabData> read(const GgufBuilder& builder) {
  const std::string bytes = builder.build();
  return read_vocabulary(GgufFile::parse(as_bytes(bytes)).value());
}

struct Noted {
  VocabData vocab;
  std::vector<std::string> notes;
};

/// Demands that the vocabulary is read, with these notes.
Noted read_noted(const GgufBuilder& builder) {
  const std::string bytes = builder.build();
  Noted noted;
  const LogSink log = [&](LogLevel level, std::string_view line) {
    EXPECT_EQ(level, LogLevel::kWarning);
    noted.notes.emplace_back(line);
  };
  auto vocab = read_vocabulary(GgufFile::parse(as_bytes(bytes)).value(), log);
  EXPECT_TRUE(vocab.has_value()) << vocab.error().message;
  if (vocab) noted.vocab = std::move(*vocab);
  return noted;
}

GgufBuilder with_tokens(const char* model = "gpt2") {
  GgufBuilder builder;
  builder.add("tokenizer.ggml.model", model).add("tokenizer.ggml.tokens", kTokens);
  return builder;
}

void expect_error(const GgufBuilder& builder, ErrorCode code, const std::string& part) {
  const auto vocab = read(builder);
  ASSERT_FALSE(vocab.has_value()) << part;
  EXPECT_EQ(vocab.error().code, code) << vocab.error().message;
  EXPECT_THAT(vocab.error().message, HasSubstr(part));
  EXPECT_FALSE(vocab.error().hint.empty());
}

TEST(VocabularyTest, ReadsAllThatAFileHolds) {
  GgufBuilder builder = with_tokens();
  builder.add("tokenizer.ggml.pre", "smollm")
      .add("tokenizer.ggml.scores", std::vector<float>{0.0f, -1.0f, -2.5f, -3.0f})
      .add("tokenizer.ggml.token_type", std::vector<int32_t>{2, 1, 1, 4})
      .add("tokenizer.ggml.merges", std::vector<std::string>{"a b"})
      .add("tokenizer.ggml.bos_token_id", uint32_t(1))
      .add("tokenizer.ggml.eos_token_id", uint32_t(2))
      .add("tokenizer.ggml.eot_token_id", uint32_t(3))
      .add("tokenizer.ggml.unknown_token_id", uint32_t(0))
      .add("tokenizer.ggml.add_bos_token", true)
      .add("tokenizer.ggml.add_space_prefix", false);
  const auto vocab = read(builder);
  ASSERT_TRUE(vocab.has_value()) << vocab.error().message;
  EXPECT_EQ(vocab->model, "gpt2");
  EXPECT_EQ(vocab->pre, "smollm");
  EXPECT_EQ(vocab->tokens, kTokens);
  EXPECT_EQ(vocab->scores, (std::vector<float>{0.0f, -1.0f, -2.5f, -3.0f}));
  EXPECT_EQ(vocab->token_types, (std::vector<TokenType>{TokenType::kUnknown, TokenType::kNormal,
                                                        TokenType::kNormal, TokenType::kUserDefined}));
  EXPECT_EQ(vocab->merges, std::vector<std::string>{"a b"});
  EXPECT_EQ(vocab->bos_id, 1);
  EXPECT_EQ(vocab->eos_id, 2);
  EXPECT_EQ(vocab->eot_id, 3);
  EXPECT_EQ(vocab->eom_id, std::nullopt);
  EXPECT_EQ(vocab->unk_id, 0);
  EXPECT_EQ(vocab->pad_id, std::nullopt);
  EXPECT_EQ(vocab->add_bos, true);
  EXPECT_EQ(vocab->add_eos, std::nullopt);
  EXPECT_EQ(vocab->add_space_prefix, false);
}

TEST(VocabularyTest, LeavesOutWhatTheFileDoes) {
  const auto vocab = read(with_tokens());
  ASSERT_TRUE(vocab.has_value()) << vocab.error().message;
  EXPECT_EQ(vocab->pre, "");
  EXPECT_TRUE(vocab->scores.empty() && vocab->token_types.empty() && vocab->merges.empty());
}

TEST(VocabularyTest, SizesAgree) {
  expect_error(with_tokens("llama").add("tokenizer.ggml.scores", std::vector<float>(3)),
               ErrorCode::kCorruptData, "has 3 elements for 4 tokens");
  expect_error(with_tokens().add("tokenizer.ggml.token_type", std::vector<int32_t>(5, 1)),
               ErrorCode::kCorruptData, "has 5 elements for 4 tokens");
}

TEST(VocabularyTest, TypesAreRight) {
  expect_error(with_tokens("llama").add("tokenizer.ggml.scores", kTokens), ErrorCode::kCorruptData,
               "is an array of string, not of numbers");
  expect_error(with_tokens().add("tokenizer.ggml.token_type", "normal"), ErrorCode::kCorruptData,
               "not an array");
  expect_error(with_tokens().add("tokenizer.ggml.merges", std::vector<int32_t>{1}), ErrorCode::kCorruptData,
               "is an array of int32, not of string");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  expect_error(with_tokens("llama").add("tokenizer.ggml.scores", std::vector<float>{0.0f, nan, 0.0f, 0.0f}),
               ErrorCode::kCorruptData, "the score of token 1");
}

TEST(VocabularyTest, NumbersMayBeOfAnyWidth) {
  const Noted noted = read_noted(with_tokens("llama")
                                     .add("tokenizer.ggml.scores", std::vector<double>{0.0, -1.0, -2.5, -3.0})
                                     .add("tokenizer.ggml.token_type", std::vector<uint8_t>{2, 1, 1, 4})
                                     .add("tokenizer.ggml.bos_token_id", uint64_t(1))
                                     .add("tokenizer.ggml.add_bos_token", uint8_t(1))
                                     .add("tokenizer.ggml.add_eos_token", uint32_t(0)));
  EXPECT_THAT(noted.notes, IsEmpty());
  EXPECT_THAT(noted.vocab.scores, ElementsAre(0.0f, -1.0f, -2.5f, -3.0f));
  EXPECT_EQ(noted.vocab.token_types[3], TokenType::kUserDefined);
  EXPECT_EQ(noted.vocab.bos_id, 1);
  EXPECT_EQ(noted.vocab.add_bos, true);
  EXPECT_EQ(noted.vocab.add_eos, false);
}

TEST(VocabularyTest, ARoleThatNamesNoTokenIsLeftOut) {
  const std::pair<const char*, std::optional<TokenId> VocabData::*> kRoles[] = {
      {"bos_token_id", &VocabData::bos_id},     {"eos_token_id", &VocabData::eos_id},
      {"eot_token_id", &VocabData::eot_id},     {"eom_token_id", &VocabData::eom_id},
      {"unknown_token_id", &VocabData::unk_id}, {"padding_token_id", &VocabData::pad_id},
  };
  for (const auto& [key, role] : kRoles) {
    const std::string full = fmt::format("tokenizer.ggml.{}", key);
    const std::pair<GgufBuilder, std::string> bad[] = {
        {with_tokens().add(full, uint32_t(4)), "is 4, but the vocabulary has 4 tokens"},
        {with_tokens().add(full, UINT32_MAX), "is 4294967295, but the vocabulary has 4 tokens"},
        {with_tokens().add(full, int32_t(-1)), "is the int32 -1, not an integer"},
        {with_tokens().add(full, UINT64_MAX), "is the uint64 18446744073709551615, not an integer"},
        {with_tokens().add(full, "<s>"), "is the string \"<s>\", not an integer"},
        {with_tokens().add(full, 1.0f), "is the float32 1, not an integer"},
        {with_tokens().add(full, std::vector<uint32_t>{1}), "is an array of 1 uint32, not an integer"},
    };
    for (const auto& [builder, reason] : bad) {
      const Noted noted = read_noted(builder);
      EXPECT_EQ(noted.vocab.*role, std::nullopt) << full;
      EXPECT_THAT(noted.notes, ElementsAre(testing::AllOf(testing::StartsWith(full + " " + reason),
                                                          testing::EndsWith("; taken as not given"))));
    }
  }
}

TEST(VocabularyTest, ARoleThatNothingUsesIsNoted) {
  for (const char* role : {"seperator", "fim_pre", "mask", "cls", "x\x1b[2J"}) {
    const std::string key = fmt::format("tokenizer.ggml.{}_token_id", role);
    EXPECT_THAT(read_noted(with_tokens().add(key, uint32_t(4))).notes,
                ElementsAre(HasSubstr("is 4, but the vocabulary has 4 tokens")));
    EXPECT_THAT(read_noted(with_tokens().add(key, uint32_t(3))).notes, IsEmpty());
  }
  EXPECT_THAT(read_noted(with_tokens().add("tokenizer.ggml._token_id", uint32_t(9))).notes.size(), 1u);
}

TEST(VocabularyTest, ATypeThatIsNoneIsNormal) {
  for (const int32_t type :
       {0, 7, -1, std::numeric_limits<int32_t>::max(), std::numeric_limits<int32_t>::min()}) {
    const Noted noted =
        read_noted(with_tokens().add("tokenizer.ggml.token_type", std::vector<int32_t>{3, 1, type, type}));
    EXPECT_THAT(noted.vocab.token_types,
                ElementsAre(TokenType::kControl, TokenType::kNormal, TokenType::kNormal, TokenType::kNormal));
    EXPECT_THAT(noted.notes, ElementsAre(HasSubstr("2 tokens, the first of them 2,")));
  }
}

TEST(VocabularyTest, WhatCannotBeUsedIsLeftOut) {
  const Noted noted = read_noted(with_tokens()
                                     .add("tokenizer.ggml.pre", uint32_t(1))
                                     .add("tokenizer.ggml.add_bos_token", "yes")
                                     .add("tokenizer.ggml.add_space_prefix", uint8_t(2))
                                     .add("tokenizer.ggml.scores", std::vector<float>(3)));
  EXPECT_EQ(noted.vocab.pre, "");
  EXPECT_EQ(noted.vocab.add_bos, std::nullopt);
  EXPECT_EQ(noted.vocab.add_space_prefix, std::nullopt);
  EXPECT_THAT(noted.vocab.scores, IsEmpty());
  EXPECT_THAT(noted.notes,
              testing::UnorderedElementsAre(HasSubstr("tokenizer.ggml.pre is the uint32 1, not a string"),
                                            HasSubstr("add_bos_token is the string \"yes\""),
                                            HasSubstr("add_space_prefix is the uint8 2, not a boolean"),
                                            HasSubstr("has 3 elements for 4 tokens; a tokenizer of kind")));
}

TEST(VocabularyTest, AnEmptyArrayIsNone) {
  for (const char* model : {"gpt2", "llama"}) {
    const Noted noted = read_noted(with_tokens(model)
                                       .add("tokenizer.ggml.scores", std::vector<float>{})
                                       .add("tokenizer.ggml.token_type", std::vector<int32_t>{})
                                       .add("tokenizer.ggml.merges", std::vector<uint8_t>{}));
    EXPECT_TRUE(noted.vocab.scores.empty() && noted.vocab.token_types.empty() && noted.vocab.merges.empty());
  }
}

TEST(VocabularyTest, MergesAreTwoTexts) {
  for (const char* merge : {"", " ", "ab", "a ", " b", "  "}) {
    const std::vector<std::string> merges = {"a b", merge};
    expect_error(with_tokens().add("tokenizer.ggml.merges", merges), ErrorCode::kCorruptData, "merge 1");
    EXPECT_THAT(read_noted(with_tokens("llama").add("tokenizer.ggml.merges", merges)).notes,
                ElementsAre(HasSubstr("merge 1")));
  }
  EXPECT_TRUE(
      read(with_tokens().add("tokenizer.ggml.merges", std::vector<std::string>{"a b", "ab b"})).has_value());
}

TEST(VocabularyTest, ReadsWhatOneKindAloneHas) {
  const std::vector<uint8_t> map = {4, 0, 255};
  const std::vector<float> scores = {0, -1, -2, -3};
  const Noted t5 = read_noted(with_tokens("t5")
                                  .add("tokenizer.ggml.precompiled_charsmap", map)
                                  .add("tokenizer.ggml.remove_extra_whitespaces", false)
                                  .add("tokenizer.ggml.scores", scores));
  EXPECT_EQ(t5.vocab.charsmap, std::string("\x04\0\xff", 3));
  EXPECT_EQ(t5.vocab.remove_extra_whitespaces, false);
  EXPECT_EQ(t5.vocab.scores, scores);
  expect_error(with_tokens("t5").add("tokenizer.ggml.precompiled_charsmap", kTokens), ErrorCode::kCorruptData,
               "is an array of string, not of bytes");
  const Noted bert = read_noted(with_tokens("bert")
                                    .add("tokenizer.ggml.cls_token_id", uint32_t(1))
                                    .add("tokenizer.ggml.seperator_token_id", uint32_t(2)));
  EXPECT_EQ(bert.vocab.bos_id, 1);
  EXPECT_EQ(bert.vocab.eos_id, 2);
  EXPECT_THAT(read_noted(with_tokens("bert").add("tokenizer.ggml.precompiled_charsmap", kTokens)).notes,
              ElementsAre(HasSubstr("not of bytes")));
}

TEST(VocabularyTest, NeedsTokensAndAModel) {
  GgufBuilder none, empty, nameless;
  expect_error(none.add("tokenizer.ggml.model", "gpt2"), ErrorCode::kUnsupported, "holds no vocabulary");
  expect_error(empty.add("tokenizer.ggml.tokens", std::vector<std::string>{}), ErrorCode::kCorruptData,
               "is empty");
  expect_error(nameless.add("tokenizer.ggml.tokens", kTokens), ErrorCode::kCorruptData,
               "\"tokenizer.ggml.model\" is missing");
}

TEST(VocabularyTest, SizesHaveLimits) {
  GgufBuilder many, large;
  many.add("tokenizer.ggml.tokens", std::vector<std::string>((1 << 20) + 1));
  expect_error(many, ErrorCode::kResourceLimit, "has 1048577 elements");
  large.add("tokenizer.ggml.tokens", std::vector<std::string>{"a", std::string(1 << 20, 'x')});
  expect_error(large, ErrorCode::kResourceLimit, "token 1 has 1048576 bytes");
}

TEST(ChatTemplatesTest, ReadsAllByName) {
  GgufBuilder builder;
  builder.add("tokenizer.chat_template", "default")
      .add("tokenizer.chat_template.tool_use", "tools")
      .add("tokenizer.chat_template.rag", "documents")
      .add("tokenizer.chat_templates", std::vector<std::string>{"tool_use", "rag"});
  const std::string bytes = builder.build();
  const auto sources = read_chat_templates(GgufFile::parse(as_bytes(bytes)).value());
  EXPECT_EQ(sources.default_source, "default");
  EXPECT_EQ(sources.named, (std::map<std::string, std::string>{{"rag", "documents"}, {"tool_use", "tools"}}));
}

TEST(ChatTemplatesTest, WhatIsNoTextIsLeftOut) {
  GgufBuilder builder;
  builder.add("tokenizer.chat_template", uint32_t(1))
      .add("tokenizer.chat_template.tool\x1b[2J", std::vector<uint8_t>{1})
      .add("tokenizer.chat_template.rag", "documents");
  const std::string bytes = builder.build();
  std::vector<std::string> notes;
  const auto sources =
      read_chat_templates(GgufFile::parse(as_bytes(bytes)).value(),
                          [&](LogLevel, std::string_view line) { notes.emplace_back(line); });
  EXPECT_EQ(sources.default_source, std::nullopt);
  EXPECT_EQ(sources.named.size(), 1u);
  EXPECT_THAT(notes, ElementsAre(HasSubstr("tokenizer.chat_template is the uint32 1, not a string"),
                                 HasSubstr("\"tool\\x1b[2J\" is an array of 1 uint8")));
  const std::string none = GgufBuilder().build();
  EXPECT_EQ(read_chat_templates(GgufFile::parse(as_bytes(none)).value()).default_source, std::nullopt);
  const std::string empty = GgufBuilder().add("tokenizer.chat_template", "").build();
  EXPECT_EQ(read_chat_templates(GgufFile::parse(as_bytes(empty)).value()).default_source, std::nullopt);
}

}  // namespace
}  // namespace hearth
