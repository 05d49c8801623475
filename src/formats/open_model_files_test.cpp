#include "formats/open_model_files.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/testing/gguf_builder.h"
#include "formats/testing/model_folder.h"

namespace hearth {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;

/// What is no model of a form that is read is refused with its name and what to do.
class ForeignModels : public testing::Test {
 protected:
  void expect_refusal(const std::filesystem::path& path, ErrorCode code, const std::string& cause,
                      const std::string& remedy) {
    SCOPED_TRACE(path.filename().string());
    const auto files = open_model_files(path, no_log());
    ASSERT_FALSE(files.has_value());
    EXPECT_EQ(files.error().code, code) << files.error().message;
    EXPECT_THAT(files.error().message, HasSubstr(cause));
    EXPECT_THAT(files.error().hint, HasSubstr(remedy));
  }
  void expect_file(const std::string& name, const std::string& content, const std::string& cause,
                   const std::string& remedy) {
    folder_.write(name, content);
    expect_refusal(folder_.path() / name, ErrorCode::kUnsupported, cause, remedy);
    const auto vocabulary = open_vocabulary(folder_.path() / name, no_log());
    ASSERT_FALSE(vocabulary.has_value());
    EXPECT_THAT(vocabulary.error().message, HasSubstr(cause));
  }

  ModelFolder folder_{"foreign"};
};

TEST_F(ForeignModels, OfWhatGgufReplaced) {
  // As little-endian machines write the magic numbers 'ggjt', 'ggmf', 'ggml' and 'ggla'.
  expect_file("old.bin", "tjgg\3\0\0\0"s, "is a GGJT file", "GGUF file");
  expect_file("older.bin", "fmgg\1\0\0\0"s, "is a GGMF file", "GGUF file");
  expect_file("oldest.bin", "lmgg\0\0\0\0"s, "is a GGML file", "GGUF file");
  expect_file("adapter.bin", "algg\1\0\0\0"s, "an adapter", "merged into");
}

TEST_F(ForeignModels, OfPickles) {
  expect_file("pytorch_model.bin", "PK\3\4"s + std::string(26, '\0') + "archive/data.pkl", "a pickle",
              "a program, which is not run here");
  expect_file("renamed", "PK\3\4"s + std::string(26, '\0') + "model/data.pkl", "a pickle", "safetensors");
  expect_file("consolidated.00.pth", "\x80\2\x8a\nl\xfc"s, "a pickle", "safetensors");
  expect_file("weights", "\x80\2\x8a\nl\xfc"s, "a pickle", "safetensors");
  expect_file("weights.pt", "", "a pickle", "safetensors");
}

TEST_F(ForeignModels, OfOtherPrograms) {
  expect_file("model.onnx", "\x08\x07\x12\x07pytorch", "an ONNX file", "GGUF file");
  expect_file("tf_model.h5", "\x89HDF\r\n\x1a\n", "HDF5", "safetensors");
  expect_file("flax_model.msgpack", "\x81", "Flax", "safetensors");
}

TEST_F(ForeignModels, AreNotGgufFilesOfOtherNames) {
  folder_.write("model.bin", GgufBuilder().build());
  const auto files = open_model_files(folder_.path() / "model.bin", no_log());
  EXPECT_TRUE(files.has_value()) << files.error().message;
}

TEST_F(ForeignModels, OfBigEndianMachines) {
  folder_.write("big.gguf", GgufBuilder(0x03000000).build());
  expect_refusal(folder_.path() / "big.gguf", ErrorCode::kUnsupported, "a big-endian GGUF file",
                 "little-endian");
}

struct FolderCase {
  std::vector<std::string> files;
  ErrorCode code;
  std::string cause, remedy;
};

TEST_F(ForeignModels, OfFolders) {
  constexpr auto kUnsupported = ErrorCode::kUnsupported, kInvalid = ErrorCode::kInvalidArgument;
  const FolderCase kCases[] = {
      {{}, kInvalid, "is a folder without config.json", "name a GGUF file, or a folder"},
      {{"README.md"}, kInvalid, "is a folder without config.json", "name a GGUF file, or a folder"},
      {{"config.json"}, ErrorCode::kNotFound, "has no model.safetensors", "download the weights"},
      {{"config.json", "training_args.bin"}, ErrorCode::kNotFound, "has no model.safetensors", "download"},
      {{"model.safetensors"}, kInvalid, "has no config.json: it holds weights", "download config.json"},
      {{"config.json", "model-00001-of-00002.safetensors"}, kInvalid, "under other names", "index.json"},
      {{"adapter_config.json", "adapter_model.safetensors"},
       kUnsupported,
       "an adapter without",
       "merged into"},
      {{"adapter_config.json", "adapter_model.bin"}, kUnsupported, "an adapter without", "merged into"},
      {{"config.json", "adapter_model.safetensors"}, kUnsupported, "an adapter without", "merged into"},
      {{"a.Q4_0.gguf", "config.json"},
       kInvalid,
       "holds GGUF files (\"a.Q4_0.gguf\")",
       "name the file itself"},
      {{"config.json", "pytorch_model.bin"}, kUnsupported, "as a pickle", "a program, which is not run here"},
      {{"config.json", "pytorch_model.bin.index.json"}, kUnsupported, "as a pickle", "safetensors"},
      {{"params.json", "consolidated.00.pth"}, kUnsupported, "as a pickle", "safetensors"},
      {{"params.json", "consolidated.safetensors"}, kUnsupported, "Mistral's own names", "transformers"},
      {{"config.json", "model.onnx"}, kUnsupported, "an ONNX file", "safetensors"},
      {{"config.json", "tf_model.h5"}, kUnsupported, "Keras", "safetensors"},
      {{"config.json", "model.safetensors", "quantize_config.json"}, kUnsupported, "by GPTQ", "BF16"},
      {{"config.json", "model.safetensors", "quant_config.json"}, kUnsupported, "by AWQ", "BF16"},
  };
  for (const FolderCase& one : kCases) {
    const ModelFolder folder("foreign_folder");
    for (const std::string& name : one.files) folder.write(name, name.ends_with("json") ? "{}" : "x");
    expect_refusal(folder.path(), one.code, one.cause, one.remedy);
  }
}

TEST_F(ForeignModels, OfQuantisedFolders) {
  for (const char* method : {"gptq", "awq", "bitsandbytes", "exl3"}) {
    folder_.write("config.json", R"({"quantization_config": {"quant_method": ")"s + method + "\"}}");
    expect_refusal(folder_.path(), ErrorCode::kUnsupported, "quantised by \""s + method + "\"", "GGUF file");
  }
}

}  // namespace
}  // namespace hearth
