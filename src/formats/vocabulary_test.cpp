#include "formats/vocabulary.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/gguf_builder.h"

namespace hearth {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kTokens = {"<unk>", "a", "b", "ab"};

Result<VocabData> read(const GgufBuilder& builder) {
  const std::string bytes = builder.build();
  return read_vocabulary(GgufFile::parse(as_bytes(bytes)).value());
}

GgufBuilder with_tokens() {
  GgufBuilder builder;
  builder.add("tokenizer.ggml.model", "gpt2").add("tokenizer.ggml.tokens", kTokens);
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
  expect_error(with_tokens().add("tokenizer.ggml.scores", std::vector<float>(3)), ErrorCode::kCorruptData,
               "has 3 elements for 4 tokens");
  expect_error(with_tokens().add("tokenizer.ggml.token_type", std::vector<int32_t>(5, 1)),
               ErrorCode::kCorruptData, "has 5 elements for 4 tokens");
}

TEST(VocabularyTest, TypesAreRight) {
  expect_error(with_tokens().add("tokenizer.ggml.scores", std::vector<double>(4)), ErrorCode::kCorruptData,
               "is an array of float64, not of float32");
  expect_error(with_tokens().add("tokenizer.ggml.token_type", "normal"), ErrorCode::kCorruptData,
               "not an array");
  expect_error(with_tokens().add("tokenizer.ggml.merges", std::vector<int32_t>{1}), ErrorCode::kCorruptData,
               "is an array of int32, not of string");
  expect_error(with_tokens().add("tokenizer.ggml.pre", uint32_t(1)), ErrorCode::kCorruptData, "not a string");
  expect_error(with_tokens().add("tokenizer.ggml.add_bos_token", uint32_t(1)), ErrorCode::kCorruptData,
               "not a boolean");
}

TEST(VocabularyTest, ValuesAreInRange) {
  for (const int32_t type :
       {0, 7, -1, std::numeric_limits<int32_t>::max(), std::numeric_limits<int32_t>::min()}) {
    expect_error(with_tokens().add("tokenizer.ggml.token_type", std::vector<int32_t>{1, 1, type, 1}),
                 ErrorCode::kCorruptData, fmt::format("the type of token 2 is {}", type));
  }
  expect_error(
      with_tokens().add("tokenizer.ggml.scores",
                        std::vector<float>{0.0f, std::numeric_limits<float>::quiet_NaN(), 0.0f, 0.0f}),
      ErrorCode::kCorruptData, "the score of token 1");
  for (const char* key : {"bos_token_id", "eos_token_id", "eot_token_id", "eom_token_id", "unknown_token_id",
                          "padding_token_id"}) {
    const std::string full = fmt::format("tokenizer.ggml.{}", key);
    expect_error(with_tokens().add(full, uint32_t(4)), ErrorCode::kCorruptData,
                 "is 4, but the vocabulary has 4 tokens");
    expect_error(with_tokens().add(full, UINT32_MAX), ErrorCode::kCorruptData, "is 4294967295");
    expect_error(with_tokens().add(full, int32_t(-1)), ErrorCode::kCorruptData, "is the int32 -1");
  }
}

TEST(VocabularyTest, MergesAreTwoTexts) {
  for (const char* merge : {"", " ", "ab", "a ", " b", "  "}) {
    expect_error(with_tokens().add("tokenizer.ggml.merges", std::vector<std::string>{"a b", merge}),
                 ErrorCode::kCorruptData, "merge 1");
  }
  EXPECT_TRUE(
      read(with_tokens().add("tokenizer.ggml.merges", std::vector<std::string>{"a b", "ab b"})).has_value());
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
  ASSERT_TRUE(sources.has_value()) << sources.error().message;
  EXPECT_EQ(sources->default_source, "default");
  EXPECT_EQ(sources->named,
            (std::map<std::string, std::string>{{"rag", "documents"}, {"tool_use", "tools"}}));
}

TEST(ChatTemplatesTest, AreStrings) {
  for (const char* key : {"tokenizer.chat_template", "tokenizer.chat_template.tool_use"}) {
    GgufBuilder builder;
    builder.add(key, uint32_t(1));
    const std::string bytes = builder.build();
    const auto sources = read_chat_templates(GgufFile::parse(as_bytes(bytes)).value());
    ASSERT_FALSE(sources.has_value());
    EXPECT_THAT(sources.error().message, HasSubstr("not a string"));
  }
  const std::string none = GgufBuilder().build();
  EXPECT_EQ(read_chat_templates(GgufFile::parse(as_bytes(none)).value())->default_source, std::nullopt);
}

}  // namespace
}  // namespace hearth
