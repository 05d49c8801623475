#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/file.h"
#include "cli/testing/run_program.h"
#include "formats/testing/gguf_builder.h"

// `hearth tokenize` and `hearth detokenize` on a file that holds only a vocabulary.

namespace hearth::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class TokenizeTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto text =
        read_file(HEARTH_SOURCE_DIR "/tests/fixtures/tokenizer/bpe_smollm.json", size_t(1) << 20);
    ASSERT_TRUE(text.has_value());
    const nlohmann::json fixture = nlohmann::json::parse(*text);
    GgufBuilder builder;
    builder.add("general.architecture", "llama")
        .add("tokenizer.ggml.model", "gpt2")
        .add("tokenizer.ggml.pre", "smollm")
        .add("tokenizer.ggml.tokens", fixture.at("tokens").get<std::vector<std::string>>())
        .add("tokenizer.ggml.token_type", fixture.at("types").get<std::vector<int32_t>>())
        .add("tokenizer.ggml.merges", fixture.at("merges").get<std::vector<std::string>>())
        .add("tokenizer.ggml.bos_token_id", uint32_t(0))
        .add("tokenizer.ggml.add_bos_token", true);
    path_ = std::filesystem::path(testing::TempDir()) / fmt::format("tokenize_test_{}.gguf", ::getpid());
    ASSERT_TRUE(write_file_atomic(path_, builder.build()).has_value());
    cases_ = fixture.at("cases");
  }
  void TearDown() override { std::filesystem::remove(path_); }

  ProgramRun tokenize(const std::string& rest, const std::string& input = "") {
    return run_program("tokenize -m '" + path_.string() + "' " + rest, input);
  }
  ProgramRun detokenize(const std::string& rest, const std::string& input = "") {
    return run_program("detokenize -m '" + path_.string() + "' " + rest, input);
  }

  std::filesystem::path path_;
  nlohmann::json cases_;
};

TEST_F(TokenizeTest, PrintsIdsOfArgumentOrStandardInput) {
  EXPECT_EQ(tokenize("--ids --no-bos ab").out, tokenize("--ids --no-bos -", "ab").out);
  EXPECT_EQ(tokenize("--ids --no-bos", "ab").out, tokenize("--ids --no-bos ab").out);
  EXPECT_THAT(tokenize("--ids ab").out, StartsWith("0 "));
  EXPECT_EQ(tokenize("--ids --no-bos --special '<|im_end|>'").out, "1\n");
  EXPECT_THAT(tokenize("--ids --no-bos '<|im_end|>'").out, Not(StartsWith("1\n")));
  EXPECT_EQ(tokenize("--ids --no-bos ''").out, "\n");
}

TEST_F(TokenizeTest, ListsTokensOneALine) {
  const ProgramRun run = tokenize("--special '<|im_end|>\t'");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("1  \"<|im_end|>\"\n"));
  EXPECT_THAT(run.out, Not(HasSubstr("\t"))) << "no control characters on a terminal";
}

TEST_F(TokenizeTest, ABatchIsALineForEachText) {
  std::string input, expected;
  for (const nlohmann::json& one : cases_) {
    input += one.at("text").get<std::string>() + '\0';
    std::string line;
    for (const int id : one.at("ids")) line += (line.empty() ? "" : " ") + std::to_string(id);
    expected += line + "\n";
  }
  const ProgramRun run = tokenize("--batch --special --no-bos", input);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, expected);
}

TEST_F(TokenizeTest, DetokenizeGoesBack) {
  const std::string text = "it's 123\n\xc3\xa9\xff\x01 <|im_end|>";
  const ProgramRun ids = tokenize("--ids --no-bos", text);
  EXPECT_EQ(detokenize("-", ids.out).out, text);
  EXPECT_EQ(detokenize(ids.out.substr(0, ids.out.size() - 1)).out, text);
  EXPECT_EQ(detokenize("--special 1,0").out, "<|im_end|><|im_start|>");
  EXPECT_EQ(detokenize("1 0").out, "");
}

TEST_F(TokenizeTest, BadInputHasACauseAndARemedy) {
  for (const char* ids : {"x", "1,99999", "-- -1", "1.5", "99999999999999999999"}) {
    const ProgramRun run = detokenize(ids);
    EXPECT_NE(run.exit_code, 0) << ids;
    EXPECT_THAT(run.err, HasSubstr("error: ")) << ids;
    EXPECT_THAT(run.err, HasSubstr("hint: ")) << ids;
  }
  const ProgramRun missing = run_program("tokenize -m /no/such/file.gguf x");
  EXPECT_NE(missing.exit_code, 0);
  EXPECT_THAT(missing.err, HasSubstr("/no/such/file.gguf"));
}

}  // namespace
}  // namespace hearth::cli
