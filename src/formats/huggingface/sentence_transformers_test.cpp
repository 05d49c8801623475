#include "formats/huggingface/sentence_transformers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/gguf/embedding_config.h"
#include "formats/testing/gguf_builder.h"
#include "formats/testing/model_folder.h"

namespace hearth {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SentenceTransformers : public ::testing::Test {
 protected:
  void write(const std::string& name, const Json& content) const {
    std::filesystem::create_directories((folder_.path() / name).parent_path());
    folder_.write(name, content.dump());
  }
  /// modules.json as the package writes it.
  void write_modules(const std::string& pooling = "1_Pooling") const {
    write(
        "modules.json",
        Json::array(
            {{{"idx", 0}, {"name", "0"}, {"path", ""}, {"type", "sentence_transformers.models.Transformer"}},
             {{"idx", 1}, {"name", "1"}, {"path", pooling}, {"type", "sentence_transformers.models.Pooling"}},
             {{"idx", 2},
              {"name", "2"},
              {"path", "2_Normalize"},
              {"type", "sentence_transformers.models.Normalize"}}}));
  }
  Result<EmbeddingConfig> read(const Json& config = Json::object()) const {
    return read_sentence_transformers(folder_.path(), config);
  }
  void expect_error(ErrorCode code, const std::string& part, const Json& config = Json::object()) const {
    const auto read_config = read(config);
    ASSERT_FALSE(read_config.has_value()) << part;
    EXPECT_EQ(read_config.error().code, code) << read_config.error().message;
    EXPECT_THAT(read_config.error().message, HasSubstr(part));
    EXPECT_FALSE(read_config.error().hint.empty());
  }

  const ModelFolder folder_{"sentence_transformers"};
};

TEST_F(SentenceTransformers, AFolderWithoutTheirFilesSaysNothing) {
  const EmbeddingConfig config = *read();
  EXPECT_FALSE(config.pooling || config.normalize || config.use_activation);
  EXPECT_EQ(config.max_tokens, 0u);
  EXPECT_TRUE(config.prompts.empty());
}

TEST_F(SentenceTransformers, ReadsAllThatAFolderHolds) {
  write_modules();
  write("1_Pooling/config.json", {{"word_embedding_dimension", 384},
                                  {"pooling_mode_cls_token", false},
                                  {"pooling_mode_mean_tokens", true}});
  write("sentence_bert_config.json", {{"max_seq_length", 256}, {"do_lower_case", false}});
  write("config_sentence_transformers.json",
        {{"prompts", {{"query", "query: "}, {"document", ""}}}, {"default_prompt_name", "query"}});
  const EmbeddingConfig config = *read();
  EXPECT_EQ(config.pooling, Pooling::kMean);
  EXPECT_EQ(config.normalize, true);
  EXPECT_EQ(config.max_tokens, 256u);
  EXPECT_EQ(*prompt_text(config, std::nullopt), "query: ");
  EXPECT_EQ(*prompt_text(config, "document"), "");
  EXPECT_THAT(prompt_text(config, "other").error().hint, HasSubstr("document, query"));
}

TEST_F(SentenceTransformers, KnowsTheWaysOfPoolingByBothSpellings) {
  write_modules();
  const std::tuple<const char*, const char*, Pooling> ways[] = {
      {"pooling_mode_cls_token", "cls", Pooling::kCls},
      {"pooling_mode_mean_tokens", "mean", Pooling::kMean},
      {"pooling_mode_lasttoken", "lasttoken", Pooling::kLast}};
  for (const auto& [flag, name, pooling] : ways) {
    write("1_Pooling/config.json", {{flag, true}, {"pooling_mode_max_tokens", false}});
    EXPECT_EQ(read()->pooling, pooling);
    write("1_Pooling/config.json", {{"pooling_mode", name}});
    EXPECT_EQ(read()->pooling, pooling);
    write("1_Pooling/config.json", {{"pooling_mode", Json::array({name})}});
    EXPECT_EQ(read()->pooling, pooling);
  }
}

TEST_F(SentenceTransformers, RefusesWhatItWouldComputeOtherwise) {
  constexpr auto kUnknown = ErrorCode::kUnsupported;
  write_modules();
  expect_error(ErrorCode::kCorruptData, "1_Pooling/config.json, which is not there");
  write("1_Pooling/config.json", {{"pooling_mode_max_tokens", true}});
  expect_error(kUnknown, "pools by max");
  write("1_Pooling/config.json", {{"pooling_mode_max_tokens", true}, {"pooling_mode_mean_tokens", true}});
  expect_error(kUnknown, "several ways at once");
  write("1_Pooling/config.json", Json::object());
  expect_error(kUnknown, "no way at all");
  write("1_Pooling/config.json", {{"pooling_mode", "attention"}});
  expect_error(kUnknown, "attention");
  write("1_Pooling/config.json", {{"pooling_mode", "mean"}, {"include_prompt", false}});
  expect_error(kUnknown, "leaving prompts out");
  write("1_Pooling/config.json", {{"pooling_mode_mean_tokens", 1}});
  expect_error(ErrorCode::kCorruptData, "1_Pooling/config.json: pooling_mode_mean_tokens is the number 1");
  write("modules.json", Json::array({{{"type", "sentence_transformers.models.CNN"}, {"path", "1"}}}));
  expect_error(kUnknown, "CNN");
  write("modules.json", Json::object());
  expect_error(ErrorCode::kCorruptData, "modules.json is an object, not an array");
  for (const char* path : {"../elsewhere", "/etc", "..", "a\\b"}) {
    write_modules(path);
    expect_error(ErrorCode::kCorruptData, "not the name of a folder beside it");
  }
}

/// The modules of a folder, each in one of its own.
Json modules_of(const std::vector<std::string>& kinds) {
  Json modules = Json::array();
  for (size_t i = 0; i < kinds.size(); ++i) {
    modules.push_back({{"idx", i},
                       {"path", fmt::format("{}_{}", i, kinds[i])},
                       {"type", "sentence_transformers.models." + kinds[i]}});
  }
  return modules;
}

TEST_F(SentenceTransformers, ReadsTheActivationsOfDenseLayers) {
  write("modules.json", modules_of({"Transformer", "Pooling", "Dense", "Dense", "Normalize"}));
  write("1_Pooling/config.json", {{"pooling_mode_cls_token", true}});
  write("2_Dense/config.json", {{"activation_function", "torch.nn.modules.activation.Tanh"}});
  write("3_Dense/config.json", {{"activation_function", "torch.nn.modules.linear.Identity"},
                                {"module_input_name", "sentence_embedding"},
                                {"module_output_name", nullptr}});
  EXPECT_THAT(read()->dense, ElementsAre(DenseActivation::kTanh, DenseActivation::kIdentity));
  EXPECT_EQ(read()->normalize, true);
}

TEST_F(SentenceTransformers, RefusesDenseLayersThatAreOtherwise) {
  constexpr auto kUnknown = ErrorCode::kUnsupported;
  write("modules.json", modules_of({"Transformer", "Pooling", "Dense"}));
  write("1_Pooling/config.json", {{"pooling_mode_cls_token", true}});
  expect_error(ErrorCode::kCorruptData, "2_Dense/config.json, which is not there");
  write("2_Dense/config.json", {{"in_features", 8}});
  expect_error(ErrorCode::kCorruptData, "2_Dense/config.json: activation_function");
  write("2_Dense/config.json", {{"activation_function", "torch.nn.modules.activation.ReLU"}});
  expect_error(kUnknown, "2_Dense/config.json: activation_function is \"torch.nn.modules.activation.ReLU\"");
  write("2_Dense/config.json", {{"activation_function", "torch.nn.modules.linear.Identity"},
                                {"module_input_name", "token_embeddings"}});
  expect_error(kUnknown, "2_Dense/config.json: module_input_name is \"token_embeddings\"");
  write("2_Dense/config.json",
        {{"activation_function", "torch.nn.modules.linear.Identity"}, {"use_residual", true}});
  expect_error(kUnknown, "2_Dense/config.json: use_residual is true");
  write("modules.json", modules_of({"Transformer", "Dense"}));
  write("1_Dense/config.json", {{"activation_function", "torch.nn.modules.linear.Identity"}});
  expect_error(kUnknown, "before the pooling");
  write("modules.json", modules_of({"Transformer", "Pooling", "Normalize", "Dense"}));
  write("3_Dense/config.json", {{"activation_function", "torch.nn.modules.linear.Identity"}});
  expect_error(kUnknown, "behind the normalization");
}

TEST_F(SentenceTransformers, RefusesDamagedFiles) {
  constexpr auto kCorrupt = ErrorCode::kCorruptData;
  write("sentence_bert_config.json", {{"max_seq_length", -1}});
  expect_error(kCorrupt, "sentence_bert_config.json: max_seq_length");
  write("sentence_bert_config.json", {{"max_seq_length", nullptr}});
  EXPECT_EQ(read()->max_tokens, 0u);
  write("config_sentence_transformers.json", {{"prompts", Json::array()}});
  expect_error(kCorrupt, "prompts is an array of 0, not an object");
  write("config_sentence_transformers.json", {{"prompts", {{"query", 5}}}});
  expect_error(kCorrupt, "prompts.query");
  write("config_sentence_transformers.json", {{"default_prompt_name", "query"}});
  expect_error(kCorrupt, "not the name of one of its prompts");
  write("config_sentence_transformers.json", {{"prompts", {{"query", std::string(70'000, 'a')}}}});
  expect_error(kCorrupt, "64 KiB");
  folder_.write("config_sentence_transformers.json", "{");
  expect_error(kCorrupt, "config_sentence_transformers.json is no valid JSON");
}

TEST_F(SentenceTransformers, AClassifierRanks) {
  Json config = {{"architectures", {"BertForSequenceClassification"}}, {"id2label", {{"0", "LABEL_0"}}}};
  EXPECT_EQ(read(config)->pooling, Pooling::kRank);
  EXPECT_THAT(read(config)->labels, ElementsAre("LABEL_0"));
  EXPECT_FALSE(read(config)->use_activation.has_value());
  config["sentence_transformers"] = {{"activation_fn", "torch.nn.modules.linear.Identity"}};
  EXPECT_EQ(read(config)->use_activation, false);
  config["sentence_transformers"] = {{"activation_fn", "torch.nn.modules.activation.Sigmoid"}};
  EXPECT_EQ(read(config)->use_activation, true);
  config["id2label"] = {{"1", "LABEL_1"}};
  expect_error(ErrorCode::kCorruptData, "id2label.0 is missing", config);
  EXPECT_FALSE(read({{"architectures", {"BertModel"}}})->pooling.has_value());
}

Result<EmbeddingConfig> read_gguf(const GgufBuilder& builder) {
  const std::string bytes = builder.build();
  return read_gguf_embedding_config(*GgufFile::parse(as_bytes(bytes)), "bert", no_log());
}

TEST(GgufEmbeddingConfig, ReadsPoolingAndLabels) {
  EXPECT_FALSE(read_gguf(GgufBuilder())->pooling.has_value());
  for (const uint32_t type : {0, 1, 2, 3, 4}) {
    EXPECT_EQ(read_gguf(GgufBuilder().add("bert.pooling_type", type))->pooling, Pooling(type));
  }
  const std::vector<std::string> labels = {"yes", "no"};
  EXPECT_EQ(read_gguf(GgufBuilder().add("bert.classifier.output_labels", labels))->labels, labels);
}

TEST(GgufEmbeddingConfig, RefusesWhatIsNone) {
  const auto message = [](const GgufBuilder& builder) {
    const auto config = read_gguf(builder);
    return config ? std::string() : config.error().message;
  };
  EXPECT_THAT(message(GgufBuilder().add("bert.pooling_type", uint32_t(5))), HasSubstr("bert.pooling_type"));
  EXPECT_THAT(message(GgufBuilder().add("bert.pooling_type", "mean")), HasSubstr("bert.pooling_type"));
  EXPECT_THAT(message(GgufBuilder().add("bert.classifier.output_labels", std::vector<uint32_t>{1})),
              HasSubstr("not of string"));
  const std::vector<std::string> many(5000, "x"), large(1, std::string(2000, 'x'));
  EXPECT_THAT(message(GgufBuilder().add("bert.classifier.output_labels", many)), HasSubstr("5000"));
  EXPECT_THAT(message(GgufBuilder().add("bert.classifier.output_labels", large)), HasSubstr("2000"));
}

}  // namespace
}  // namespace hearth
