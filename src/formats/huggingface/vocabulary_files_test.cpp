#include "formats/huggingface/vocabulary_files.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/encoding/base64.h"
#include "formats/huggingface/folder_vocabulary.h"
#include "formats/testing/model_folder.h"
#include "formats/testing/tokenizer_cases_fixture.h"
#include "text/input/text_input.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class VocabularyFiles : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Folders, VocabularyFiles,
                         ::testing::Values("gpt2", "gpt2_by_model_type", "qwen2", "roberta", "bert",
                                           "bert_cased", "xlm_roberta", "xlm_roberta_by_model_type",
                                           "camembert", "t5"),
                         [](const auto& info) { return std::string(info.param); });

/// Made by tools/make_tokenizer_folder_fixtures.py.
TEST_P(VocabularyFiles, AreReadAsTransformersConvertsThem) {
  const nlohmann::json fixture = testing::read_cases(HEARTH_SOURCE_DIR "/tests/fixtures/tokenizer_folders/" +
                                                     std::string(GetParam()) + ".json");
  const ModelFolder folder("vocabulary_files");
  for (const auto& [name, content] : fixture.at("files").items())
    folder.write(name, content.get<std::string>());
  const nlohmann::json binary = fixture.value("binary_files", nlohmann::json::object());
  for (const auto& [name, content] : binary.items())
    folder.write(name, *decode_base64(content.get<std::string>(), name));
  auto data = read_folder_vocabulary(folder.path(), no_log());
  ASSERT_TRUE(data.has_value()) << data.error().message;
  const auto tokenizer = Tokenizer::create(std::move(*data));
  ASSERT_TRUE(tokenizer.has_value()) << tokenizer.error().message;
  testing::expect_cases(*tokenizer, fixture, true);
  for (const nlohmann::json& one : fixture.at("framed")) {
    const auto ids =
        tokenizer->encode(one.at("text").get<std::string>(), {.add_special = true, .parse_special = true});
    EXPECT_EQ(*ids, one.at("ids").get<std::vector<TokenId>>()) << one.at("text");
  }
  for (const nlohmann::json& one : fixture.value("pairs", nlohmann::json::array())) {
    const auto texts = one.at("texts").get<std::vector<std::string>>();
    EXPECT_EQ(encode_pair(*tokenizer, texts[0], texts[1])->ids, one.at("ids").get<std::vector<TokenId>>())
        << one.at("texts");
  }
}

constexpr const char* kVocab = R"({"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3})";

class FolderOfFiles : public ::testing::Test {
 protected:
  FolderOfFiles() {
    folder_.write("vocab.json", kVocab);
    folder_.write("merges.txt", "#version: 0.2\r\na b\r\n\r\n");
  }
  std::string error() const {
    const auto data = read_folder_vocabulary(folder_.path(), no_log());
    return data ? std::string() : data.error().message;
  }

  ModelFolder folder_{"folder_of_files"};
};

TEST_F(FolderOfFiles, TakesSpecialTokensFromOldFiles) {
  folder_.write("special_tokens_map.json",
                R"({"eos_token": {"content": "<end>"}, "bos_token": "<|endoftext|>"})");
  folder_.write("added_tokens.json", R"({"<end>": 4, "<tool>": 5})");
  const Tokenizer tokenizer = *Tokenizer::create(*read_folder_vocabulary(folder_.path(), no_log()));
  EXPECT_EQ(tokenizer.vocab().eos_id(), 4);
  EXPECT_EQ(tokenizer.vocab().bos_id(), 3);
  EXPECT_TRUE(tokenizer.is_control(4));
  EXPECT_FALSE(tokenizer.is_control(5));
  EXPECT_THAT(*tokenizer.encode("ab<tool>a<end>", {.parse_special = true}), ElementsAre(2, 5, 0, 4));
}

TEST_F(FolderOfFiles, NamesWhatIsWrong) {
  EXPECT_EQ(error(), "");
  folder_.write("tokenizer_config.json", R"({"tokenizer_class": "CLIPTokenizerFast"})");
  EXPECT_THAT(error(), HasSubstr("tokenizer_class \"CLIPTokenizerFast\""));
  folder_.write("tokenizer_config.json", "{}");
  folder_.write("config.json", R"({"model_type": "blenderbot"})");
  EXPECT_THAT(error(), HasSubstr("tokenizer_class \"blenderbot\""));
  folder_.write("config.json", "{}");
  folder_.write("merges.txt", "a");
  EXPECT_THAT(error(), HasSubstr("vocab.json and merges.txt: model.merges[0]"));
  folder_.write("merges.txt", "");
  folder_.write("vocab.json", R"({"a": -1})");
  EXPECT_THAT(error(), HasSubstr("not a whole number"));
  folder_.write("vocab.json", "[]");
  EXPECT_THAT(error(), HasSubstr("vocab.json is an array"));
  folder_.write("added_tokens.json", "[]");
  EXPECT_THAT(error(), HasSubstr("added_tokens.json is an array"));
}

TEST(WordPieceFolder, PairsAreTwoSegments) {
  const ModelFolder folder("word_piece");
  folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n");
  const Tokenizer tokenizer = *Tokenizer::create(*read_folder_vocabulary(folder.path(), no_log()));
  const TextInput pair = *encode_pair(tokenizer, "a", "b");
  EXPECT_THAT(pair.ids, ElementsAre(2, 5, 3, 6, 3));
  EXPECT_THAT(pair.types, ElementsAre(0, 0, 0, 1, 1));
}

TEST(WordPieceFolder, NamesWhatIsWrong) {
  const ModelFolder folder("word_piece");
  folder.write("vocab.txt", "");
  const auto error = [&] { return read_folder_vocabulary(folder.path(), no_log()).error().message; };
  EXPECT_THAT(error(), HasSubstr("vocab.txt"));
  folder.write("vocab.txt", "[UNK]\na\n");
  folder.write("tokenizer_config.json", R"({"tokenizer_class": "BertJapaneseTokenizer"})");
  EXPECT_THAT(error(), HasSubstr("\"BertJapaneseTokenizer\""));
}

class FolderOfPieces : public ::testing::Test {
 protected:
  FolderOfPieces() {
    const nlohmann::json fixture =
        testing::read_cases(HEARTH_SOURCE_DIR "/tests/fixtures/tokenizer_folders/t5.json");
    pieces_ = *decode_base64(fixture.at("binary_files").at("spiece.model").get<std::string>(), "the fixture");
  }
  Error error() const {
    const auto data = read_folder_vocabulary(folder_.path(), no_log());
    return data ? Error() : data.error();
  }

  ModelFolder folder_{"folder_of_pieces"};
  std::string pieces_;
};

TEST_F(FolderOfPieces, HasAHundredSentinelsUnlessToldOtherwise) {
  folder_.write("spiece.model", pieces_);
  folder_.write("config.json", R"({"model_type": "t5"})");
  const Tokenizer tokenizer = *Tokenizer::create(*read_folder_vocabulary(folder_.path(), no_log()));
  const TokenId last = TokenId(tokenizer.vocab().size()) - 1;
  EXPECT_EQ(tokenizer.vocab().text(last), "<extra_id_0>");
  EXPECT_EQ(tokenizer.vocab().text(last - 99), "<extra_id_99>");
  EXPECT_TRUE(tokenizer.is_control(last - 99));
  folder_.write("tokenizer_config.json", R"({"extra_ids": 0, "tokenizer_class": "T5Tokenizer"})");
  EXPECT_EQ(read_folder_vocabulary(folder_.path(), no_log())->tokens.size(), size_t(last) - 99);
}

TEST_F(FolderOfPieces, NamesWhatIsWrong) {
  folder_.write("spiece.model", pieces_);
  folder_.write("tokenizer_config.json", R"({"tokenizer_class": "AlbertTokenizer"})");
  EXPECT_EQ(error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(error().message,
              HasSubstr("the pieces of spiece.model are of the tokenizer_class \"AlbertTokenizer\""));
  EXPECT_THAT(error().hint, HasSubstr("tokenizer.json"));
  folder_.write("sentencepiece.bpe.model", pieces_.substr(0, pieces_.size() / 2));
  folder_.write("tokenizer_config.json", R"({"tokenizer_class": "XLMRobertaTokenizer"})");
  EXPECT_EQ(error().code, ErrorCode::kCorruptData);
  EXPECT_THAT(error().message, HasSubstr("sentencepiece.bpe.model"));
  const nlohmann::json merges =
      testing::read_cases(HEARTH_SOURCE_DIR "/tests/fixtures/tokenizer_files/spm_bpe_rules.json");
  folder_.write("sentencepiece.bpe.model",
                *decode_base64(merges.at("file").get<std::string>(), "the fixture"));
  EXPECT_THAT(error().message, HasSubstr("pieces of BPE, which are none of"));
}

}  // namespace
}  // namespace hearth
