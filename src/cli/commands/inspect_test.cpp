#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/program.h"
#include "formats/testing/gguf_builder.h"

namespace hearth::cli {

Command command_inspect();

namespace {

using testing::HasSubstr;
using testing::Not;

/// Runs `hearth inspect` on a file of these bytes.
struct Answer {
  Status status;
  std::string text;
};
Answer inspect(const std::string& bytes, std::vector<std::string> options = {}) {
  const std::string path = testing::TempDir() + "/inspect_" +
                           testing::UnitTest::GetInstance()->current_test_info()->name() + ".gguf";
  EXPECT_TRUE(write_file_atomic(path, bytes).has_value());
  Program program({command_inspect()});
  options.insert(options.begin(), {"inspect", path});
  testing::internal::CaptureStdout();
  Answer answer;
  answer.status = program.run(options, process_environment());
  answer.text = testing::internal::GetCapturedStdout();
  std::filesystem::remove(path);
  return answer;
}

Answer inspect_folder(const std::string& name, std::vector<std::string> options = {}) {
  Program program({command_inspect()});
  options.insert(options.begin(), {"inspect", HEARTH_SOURCE_DIR "/tests/fixtures/models/" + name});
  testing::internal::CaptureStdout();
  Answer answer;
  answer.status = program.run(options, process_environment());
  answer.text = testing::internal::GetCapturedStdout();
  return answer;
}

GgufBuilder sample() {
  GgufBuilder builder;
  builder.add("general.architecture", "llama")
      .add("llama.block_count", uint32_t(2))
      .add("a.float", 0.5f)
      .add("a.flag", true)
      .add("numbers", std::vector<int32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9})
      .add("texts", std::vector<std::string>{"x", "y"})
      .add({.name = "token_embd.weight", .type_id = 2, .dims = {64, 3}, .data = std::string(108, 'q')})
      .add({.name = "norm.weight", .type_id = 0, .dims = {64}, .data = std::string(256, 'n')})
      .add({.name = "strange", .type_id = 777, .dims = {5}, .data = "?"});
  return builder;
}

TEST(InspectTest, ListsWhatAFolderHolds) {
  const Answer answer = inspect_folder("llama_linear");
  ASSERT_TRUE(answer.status.has_value()) << answer.status.error().message;
  for (const char* part :
       {"model        LlamaForCausalLM", "\"model-00004-of-00004.safetensors\" (21.2 kB)",
        "parameters   44.9 k (44904)", "bits/weight  16.00", "BF16         35 tensors",
        "\"rope_type\":\"linear\"", "tensors (35)", "model.layers.1.self_attn.q_proj.weight", "[40, 40]"}) {
    EXPECT_THAT(answer.text, HasSubstr(part));
  }
  const auto json = nlohmann::json::parse(inspect_folder("llama_linear", {"--json"}).text);
  EXPECT_EQ(json["architecture"], "LlamaForCausalLM");
  EXPECT_EQ(json["eos_token_ids"], nlohmann::json::parse("[263, 261]"));
  EXPECT_EQ(json["config"]["hidden_size"], 40);
  EXPECT_EQ(json["tensors"].size(), 35u);
  const Answer wrong = inspect_folder("");
  ASSERT_FALSE(wrong.status.has_value());
  EXPECT_THAT(wrong.status.error().message, HasSubstr("has no config.json: it holds GGUF files"));
}

TEST(InspectTest, CountsParametersAndNotBytesOfPlanes) {
  const auto plain = nlohmann::json::parse(inspect_folder("gpt_oss", {"--json"}).text);
  const auto packed = nlohmann::json::parse(inspect_folder("gpt_oss_mxfp4", {"--json"}).text);
  EXPECT_EQ(packed["parameters"], plain["parameters"]);
  EXPECT_LT(packed["tensor_bytes"], plain["tensor_bytes"]);
}

TEST(InspectTest, ListsWhatAFileHolds) {
  const Answer answer = inspect(sample().build());
  ASSERT_TRUE(answer.status.has_value());
  for (const char* part :
       {"GGUF version 3, alignment 32", "parameters   261 (261)", "bits/weight  11.38",
        "Q4_0         1 tensor, 192 parameters, 108 B", "metadata (6)", "\"llama\"", "uint32",
        "int32[9]        [1, 2, 3, 4, 5, 6, ...]", "[\"x\", \"y\"]", "tensors (3)", "[3, 64]", "type 777",
        "unknown size", "unknown      1 of a type that GGUF does not define"}) {
    EXPECT_THAT(answer.text, HasSubstr(part));
  }
}

TEST(InspectTest, PrintsJson) {
  const Answer answer = inspect(sample().build(), {"--json"});
  ASSERT_TRUE(answer.status.has_value());
  const auto json = nlohmann::json::parse(answer.text);
  EXPECT_EQ(json["format"], "gguf");
  EXPECT_EQ(json["version"], 3);
  EXPECT_EQ(json["parameters"], 261);
  EXPECT_EQ(json["tensor_bytes"], 364);
  EXPECT_EQ(json["types"]["Q4_0"]["bytes"], 108);
  EXPECT_EQ(json["metadata"]["general.architecture"]["value"], "llama");
  EXPECT_EQ(json["metadata"]["a.float"]["value"], 0.5);
  EXPECT_EQ(json["metadata"]["a.flag"]["value"], true);
  EXPECT_EQ(json["metadata"]["numbers"]["length"], 9);
  EXPECT_EQ(json["metadata"]["numbers"]["first"].size(), 6u);
  EXPECT_EQ(json["metadata"]["texts"]["element_type"], "string");
  ASSERT_EQ(json["tensors"].size(), 3u);
  EXPECT_EQ(json["tensors"][0]["shape"], nlohmann::json({3, 64}));
  EXPECT_EQ(json["tensors"][0]["bytes"], 108);
  EXPECT_EQ(json["tensors"][2]["type_id"], 777);
  EXPECT_TRUE(json["tensors"][2]["bytes"].is_null());
}

TEST(InspectTest, ShowsAFileWithoutTensors) {
  GgufBuilder builder;
  builder.add("tokenizer.ggml.model", "gpt2");
  const Answer answer = inspect(builder.build());
  ASSERT_TRUE(answer.status.has_value());
  EXPECT_THAT(answer.text, HasSubstr("tensors (0)"));
  EXPECT_THAT(answer.text, Not(HasSubstr("bits/weight")));
}

TEST(InspectTest, SaysWhichPartOfASplitModelItIs) {
  GgufBuilder builder;
  builder.add("split.no", uint16_t(1)).add("split.count", uint16_t(3));
  EXPECT_THAT(inspect(builder.build()).text, HasSubstr("part         2 of 3"));
}

TEST(InspectTest, PrintsNothingThatATerminalWouldObey) {
  GgufBuilder builder;
  builder.add("key\x1b[2J", "value\x1b[31m\x7f\xc2\x9b\xff")
      .add({.name = "t\x07", .type_id = 24, .dims = {1}, .data = "x"});
  for (const std::vector<std::string>& options : {std::vector<std::string>{}, {"--json"}}) {
    const Answer answer = inspect(builder.build(), options);
    ASSERT_TRUE(answer.status.has_value());
    for (const char c : answer.text)
      EXPECT_TRUE((uint8_t(c) >= 0x20 && uint8_t(c) < 0x7f) || c == '\n') << int(c);
  }
}

TEST(InspectTest, SaysWhatIsWrongAndWhatToDo) {
  const Answer answer = inspect(sample().build().substr(0, 200));
  ASSERT_FALSE(answer.status.has_value());
  EXPECT_EQ(answer.status.error().code, ErrorCode::kCorruptData);
  EXPECT_THAT(answer.status.error().message, HasSubstr("at offset"));
  EXPECT_THAT(answer.status.error().hint, HasSubstr("download it again"));
  EXPECT_EQ(answer.text, "");
}

}  // namespace
}  // namespace hearth::cli
