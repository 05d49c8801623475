#include "formats/huggingface/tensors/dense_modules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/testing/model_folder.h"
#include "formats/testing/safetensors_builder.h"

namespace hearth {
namespace {

using testing::HasSubstr;

class DenseModulesTest : public testing::Test {
 protected:
  /// A folder with the module PATH of type sentence_transformers.models.TYPE.
  void write_module(const std::string& type, const std::string& path) {
    folder_.write(
        "modules.json",
        fmt::format(R"([{{"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"}},
                                  {{"idx": 1, "path": "{}", "type": "sentence_transformers.models.{}"}}])",
                    path, type));
  }
  void write_layer(const std::string& path) {
    std::filesystem::create_directories(folder_.path() / path);
    folder_.write(path + "/model.safetensors",
                  SafetensorsBuilder().add("linear.weight", "F32", "[1,1]", std::string(4, '\0')).build());
  }
  void expect_error(ErrorCode code, const std::string& part) {
    const auto modules = open_dense_modules(folder_.path());
    ASSERT_FALSE(modules);
    EXPECT_EQ(modules.error().code, code);
    EXPECT_THAT(modules.error().message, HasSubstr(part));
  }

  ModelFolder folder_{"dense_modules"};
};

TEST_F(DenseModulesTest, AreNumberedBehindThePooling) {
  EXPECT_TRUE(open_dense_modules(folder_.path())->empty());
  write_module("Normalize", "2_Normalize");
  EXPECT_TRUE(open_dense_modules(folder_.path())->empty());
  write_module("Dense", "2_Dense");
  write_layer("2_Dense");
  const auto modules = open_dense_modules(folder_.path());
  ASSERT_TRUE(modules) << modules.error().message;
  ASSERT_EQ(modules->size(), 1u);
  EXPECT_EQ((*modules)[0].weight, "dense_2.weight");
  EXPECT_EQ((*modules)[0].file.tensors().size(), 1u);
}

TEST_F(DenseModulesTest, AreRefusedWhereTheyAreOtherwise) {
  write_module("Dense", "2_Dense");
  expect_error(ErrorCode::kNotFound, "2_Dense");
  for (const std::string path : {"..", "a/b", "", "."}) {
    write_module("Dense", path);
    expect_error(ErrorCode::kCorruptData, "modules.json");
  }
  folder_.write("modules.json", "[{");
  expect_error(ErrorCode::kCorruptData, "modules.json");
}

}  // namespace
}  // namespace hearth
