#include "formats/huggingface/folder_vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/encoding/base64.h"
#include "formats/huggingface/sentencepiece_model.h"
#include "formats/huggingface/tiktoken_file.h"
#include "formats/testing/model_folder.h"
#include "formats/testing/tokenizer_cases_fixture.h"

namespace hearth {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Json fixture(const std::string& name) {
  return testing::read_cases(HEARTH_SOURCE_DIR "/tests/fixtures/tokenizer_files/" + name + ".json");
}

std::string file_of(const Json& one) {
  return *decode_base64(one.at("file").get<std::string>(), "the fixture");
}

TEST(SentencePieceModel, EqualsTheReference) {
  for (const char* name : {"spm_bpe", "spm_bpe_rules", "spm_unigram", "spm_unigram_bytes"}) {
    SCOPED_TRACE(name);
    const Json one = fixture(name);
    auto data = parse_sentencepiece_model(file_of(one));
    ASSERT_TRUE(data.has_value()) << data.error().message;
    const auto tokenizer = Tokenizer::create(std::move(*data));
    ASSERT_TRUE(tokenizer.has_value()) << tokenizer.error().message;
    testing::expect_cases(*tokenizer, one, false);
  }
}

TEST(SentencePieceModel, WhatIsCutOffOrChangedIsAnErrorOrAVocabulary) {
  const std::string bytes = file_of(fixture("spm_unigram"));
  size_t num_errors = 0;
  for (size_t size = 0; size < bytes.size(); size += 7) {
    const auto data = parse_sentencepiece_model(bytes.substr(0, size));
    if (data) continue;
    ++num_errors;
    EXPECT_THAT(data.error().message, HasSubstr("tokenizer.model"));
    EXPECT_THAT(data.error().hint, HasSubstr("download it again"));
  }
  EXPECT_GT(num_errors, bytes.size() / 7 / 2);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    std::string changed = bytes;
    changed[at] = char(changed[at] ^ 0x5a);
    auto data = parse_sentencepiece_model(changed);
    if (data) (void)Tokenizer::create(std::move(*data));
  }
}

TEST(SentencePieceModel, OtherKindsAreNamed) {
  const auto error_of = [](const std::string& bytes) {
    const auto data = parse_sentencepiece_model(bytes);
    return data ? std::string() : data.error().message;
  };
  const std::string piece(
      "\x0a\x03\x0a\x01"
      "a",
      5);
  EXPECT_EQ(error_of(piece), "");
  EXPECT_THAT(error_of(piece + std::string("\x12\x02\x18\x04", 4)), HasSubstr("words or characters"));
  EXPECT_THAT(error_of(""), HasSubstr("the vocabulary is empty"));
  EXPECT_THAT(error_of("\x0b"), HasSubstr("no known type"));
}

TEST(TiktokenFile, EqualsTheReference) {
  const Json one = fixture("tiktoken");
  const std::string text = file_of(one);
  ASSERT_TRUE(is_tiktoken_file(text));
  auto data = parse_tiktoken_file(text, "GPT4Tokenizer");
  ASSERT_TRUE(data.has_value()) << data.error().message;
  testing::expect_cases(*Tokenizer::create(std::move(*data)), one, false);
}

TEST(TiktokenFile, WhatIsWrongIsNamed) {
  const auto error_of = [](std::string_view text, std::string_view name) {
    const auto data = parse_tiktoken_file(text, name);
    return data ? std::string() : data.error().message;
  };
  EXPECT_THAT(error_of("YQ== 0\nYg== x\n", "GPT4Tokenizer"), HasSubstr("line 2 is not a token and its rank"));
  EXPECT_THAT(error_of("YQ= 0\n", "GPT4Tokenizer"), HasSubstr("line 1 is no text in base64"));
  EXPECT_THAT(error_of("YQ== 0\nYg== 0\n", "GPT4Tokenizer"), HasSubstr("the same id 0"));
  EXPECT_THAT(error_of("YQ== 0\n", "Mine"), HasSubstr("\"Mine\""));
  EXPECT_FALSE(is_tiktoken_file(file_of(fixture("spm_bpe"))));
}

TEST(FolderVocabulary, RolesAndTemplatesAreThoseOfTheConfig) {
  const ModelFolder folder("vocabulary");
  folder.write("tokenizer.json", R"({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []},
    "added_tokens": [{"id": 2, "content": "<s>", "special": true}, {"id": 3, "content": "</s>", "special": true}]})");
  folder.write("tokenizer_config.json",
               R"({"bos_token": {"content": "<s>"}, "eos_token": "</s>", "pad_token": 7,
    "add_bos_token": true, "chat_template": [{"name": "default", "template": "A"}, {"name": "rag", "template": "B"}]})");
  std::vector<std::string> notes;
  const LogSink log = [&](LogLevel, std::string_view line) { notes.emplace_back(line); };
  auto data = read_folder_vocabulary(folder.path(), log);
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_THAT(notes, ElementsAre(HasSubstr("tokenizer_config.json: pad_token is the number 7")));
  const Tokenizer tokenizer = *Tokenizer::create(std::move(*data));
  EXPECT_EQ(tokenizer.vocab().bos_id(), 2);
  EXPECT_EQ(tokenizer.vocab().eos_id(), 3);
  EXPECT_TRUE(tokenizer.vocab().add_bos());
  EXPECT_THAT(*tokenizer.encode("ab", {}), ElementsAre(2, 0, 1));
  const ChatTemplateSources sources = read_folder_chat_templates(folder.path(), no_log());
  EXPECT_EQ(sources.default_source, "A");
  EXPECT_EQ(sources.named.at("rag"), "B");
  folder.write("chat_template.jinja", "C");
  EXPECT_EQ(read_folder_chat_templates(folder.path(), no_log()).default_source, "C");
}

TEST(FolderVocabulary, AddedTokensOfTheConfigJoinAVocabularyWithoutThem) {
  const ModelFolder folder("tiktoken");
  folder.write("model.tiktoken", file_of(fixture("tiktoken")));
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "GPT4Tokenizer", "eos_token": "<|end|>",
    "added_tokens_decoder": {"420": {"content": "<|end|>", "special": true}, "421": {"content": "<tool>"}}})");
  const Tokenizer tokenizer = *Tokenizer::create(*read_folder_vocabulary(folder.path(), no_log()));
  EXPECT_EQ(tokenizer.vocab().eos_id(), 420);
  EXPECT_TRUE(tokenizer.is_control(420));
  EXPECT_THAT(*tokenizer.encode("<|end|><tool>", {.parse_special = true}), ElementsAre(420, 421));
  EXPECT_EQ(tokenizer.decode({{421}}), "<tool>");
}

TEST(FolderVocabulary, AddedTokensWithoutARowAreLeftOut) {
  const ModelFolder folder("rows");
  folder.write("tokenizer.json", R"({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []},
    "added_tokens": [{"id": 2, "content": "<s>", "special": true}, {"id": 3, "content": "<image>", "special": true}]})");
  const VocabData whole = *read_folder_vocabulary(folder.path(), no_log());
  std::vector<std::string> notes;
  const LogSink log = [&](LogLevel, std::string_view line) { notes.emplace_back(line); };
  VocabData cut = whole;
  drop_tokens_beyond(3, cut, log);
  EXPECT_THAT(cut.tokens, ElementsAre("a", "b", "<s>"));
  EXPECT_THAT(notes, ElementsAre(HasSubstr("1 tokens from \"<image>\" on")));
  EXPECT_THAT(*Tokenizer::create(cut)->encode("<s>a", {.parse_special = true}), ElementsAre(2, 0));
  VocabData kept = whole;
  drop_tokens_beyond(1, kept, log);
  EXPECT_EQ(kept.tokens.size(), 4u) << "\"b\" is of the model itself";
}

TEST(FolderVocabulary, WhereThereIsNoneTheRemedyIsSaid) {
  const ModelFolder folder("nothing");
  const auto data = read_folder_vocabulary(folder.path(), no_log());
  ASSERT_FALSE(data.has_value());
  EXPECT_EQ(data.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(data.error().hint, HasSubstr("tokenizer.json"));
}

}  // namespace
}  // namespace hearth
