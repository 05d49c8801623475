#include "store/modelfile/assemble.h"

#include <gmock/gmock.h>

#include "store/testing/test_folder.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AssembleModelTest : public TestFolder {
 protected:
  Layer layer(std::string_view type, const std::string& content) {
    return {.media_type = std::string(type), .digest = *blobs_.put(content), .num_bytes = content.size()};
  }
  Manifest assemble(const std::string& text, ModelParts parts) {
    const auto file = Modelfile::parse(text);
    EXPECT_TRUE(file) << file.error().message;
    auto manifest = assemble_model(*file, std::move(parts), "", blobs_);
    EXPECT_TRUE(manifest) << manifest.error().message;
    return *manifest;
  }
  std::vector<std::string> texts(const Manifest& manifest) {
    std::vector<std::string> all;
    for (const Layer& one : manifest.layers) {
      const std::string_view type = one.media_type;
      all.push_back(std::string(type.substr(type.rfind('.') + 1)) + " " + *blobs_.read(one.digest, 1 << 20));
    }
    return all;
  }

  BlobStore blobs_{std::filesystem::path(testing::TempDir()) / fmt::format("assemble_blobs_{}", ::getpid())};
};

TEST_F(AssembleModelTest, NewLayersTakeThePlaceOfThoseOfTheirKind) {
  Manifest base;
  base.origin = "hf.co/a/b@1";
  base.layers = {layer(media_type::kModel, "weights"),
                 layer(media_type::kTemplate, "old"),
                 layer(media_type::kSystem, "old"),
                 layer(media_type::kParameters, R"({"stop":["a"],"seed":1,"temperature":0.5})"),
                 layer(media_type::kLicense, "MIT"),
                 layer(media_type::kMessages, "[]")};
  base.write();
  const Manifest made = assemble(
      "FROM b\nTEMPLATE new\nPARAMETER stop x\nPARAMETER stop y\nPARAMETER num_ctx 8\n"
      "MESSAGE user hi\nLICENSE A\nLICENSE B\n",
      {.base = base});
  EXPECT_THAT(texts(made),
              ElementsAre("model weights", "system old", "template new",
                          R"(params {"stop":["x","y"],"num_ctx":8,"seed":1,"temperature":0.5})",
                          R"(messages [{"role":"user","content":"hi"}])", "license A", "license B"));
  EXPECT_EQ(made.origin, "hf.co/a/b@1");
  EXPECT_NE(made.digest(), base.digest());
  EXPECT_EQ(assemble("FROM b\n", {.base = base}).digest(), base.digest());
  EXPECT_THAT(texts(assemble("FROM b\nSYSTEM \"\"\n", {.base = base})),
              Not(testing::Contains(testing::StartsWith("system"))));
}

TEST_F(AssembleModelTest, FilesTakeThePlaceOfTheBasesWeights) {
  Manifest base;
  base.layers = {layer(media_type::kModel, "old"), layer(media_type::kSystem, "kept")};
  base.write();
  const Manifest made =
      assemble("FROM b\nADAPTER a\n", {.base = base, .files = {layer(media_type::kAdapter, "lora")}});
  EXPECT_THAT(texts(made), ElementsAre("adapter lora", "model old", "system kept"));
  const Manifest other = assemble("FROM b\n", {.base = base, .files = {layer(media_type::kFile, "config")}});
  EXPECT_THAT(texts(other), ElementsAre("file config", "system kept"));
}

TEST_F(AssembleModelTest, WrongParametersAreRefused) {
  const auto made = assemble_model(*Modelfile::parse("FROM a\nPARAMETER num_ctx many\n"), {}, "", blobs_);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("num_ctx"));
}

TEST_F(AssembleModelTest, AConfigIsTheModelsOwn) {
  const auto made = assemble_model(*Modelfile::parse("FROM a\n"), {.files = {layer(media_type::kModel, "w")}},
                                   R"({"model_format":"gguf"})", blobs_);
  ASSERT_TRUE(made);
  ASSERT_TRUE(made->config);
  EXPECT_EQ(*blobs_.read(made->config->digest, 1000), R"({"model_format":"gguf"})");
}

}  // namespace
}  // namespace hearth
