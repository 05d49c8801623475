#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/testing/run_program.h"
#include "formats/testing/gguf_builder.h"

namespace hearth::cli {
namespace {

using testing::HasSubstr;

TEST(GrammarCommand, CheckSaysWhereInstancesGoWrong) {
  const ProgramRun run = run_script(R"(
    echo '{"properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": false}' >schema
    printf '{"a": 1}\n\n{ "a" : "x"}\n{"a": 1\n{}\n' >instances
    $HEARTH grammar check --schema schema --instances instances)");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(
      run.out,
      "the schema is read exactly\n"
      "1: right\n"
      "3: wrong at byte 8: \"\\\"x\\\"}\"; allowed: \"\\t\", \"\\n\", \"\\r\", \" \", \"-\", \"0\" to \"9\"\n"
      "4: wrong at byte 7: the end; allowed: \"\\t\", \"\\n\", \"\\r\", \" \", \".\", \"0\" to \"9\", \"}\"\n"
      "5: wrong at byte 1: \"}\"; allowed: \"\\t\", \"\\n\", \"\\r\", \" \", '\"'\n");
  EXPECT_THAT(run.err, HasSubstr("3 of 4 instances are not of the schema"));
}

TEST(GrammarCommand, CheckWarnsOrRefuses) {
  const std::string schema = R"(echo '{"items": {"$ref": "http://x.org/a"}, "format": "colour"}' >schema;)";
  const ProgramRun tolerant = run_script(schema + "$HEARTH grammar check --schema schema");
  EXPECT_EQ(tolerant.exit_code, 0) << tolerant.err;
  EXPECT_THAT(tolerant.out, HasSubstr("warning: JSON schema, \"$ref\" at #/items: "));
  EXPECT_THAT(tolerant.out, HasSubstr("warning: JSON schema, \"format\" at #: "));
  const ProgramRun strict = run_script(schema + "$HEARTH grammar check --strict --schema schema");
  EXPECT_EQ(strict.exit_code, 5);
  EXPECT_THAT(strict.err, HasSubstr("\"$ref\" at #/items: it leads to http://x.org/a"));
  const ProgramRun bad = run_script("echo '{\"type\": 3}' >schema; $HEARTH grammar check --schema schema");
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("\"type\" at #: 3 is no type"));
}

TEST(GrammarCommand, CheckTellsThatNoValueIsAllowed) {
  for (
      const std::string_view schema :
      {"false", R"({"type": "string", "enum": [1]})", R"({"type": "array", "items": false, "minItems": 1})",
       R"({"type": "object", "required": ["a"], "properties": {"a": {"minimum": 2, "maximum": 1, "type": "number"}}})"}) {
    const ProgramRun run =
        run_script(fmt::format("echo '{}' >schema; $HEARTH grammar check --schema schema", schema));
    EXPECT_EQ(run.exit_code, 2) << schema;
    EXPECT_THAT(run.err, HasSubstr("schema: no value is allowed")) << schema;
  }
}

constexpr std::string_view kCases = R"(
  echo '{"schema": {"enum": [1, "ab"]}, "tests": [{"data": "ab", "valid": true}, {"data": 1e0, "valid": true},
         {"data": "a", "valid": false}]}' >right
  echo '{"schema": true, "tests": [{"data": {"a": [1, 2]}, "valid": false}]}' >accepts
  echo '{"schema": {"type": "null"}, "tests": [{"data": {"a": [1, 2]}, "valid": true}]}' >rejects
  echo '{"schema": {"items": {"pattern": "("}}, "tests": []}' >refused
)";

TEST(GrammarCommand, BenchCounts) {
  const ProgramRun run =
      run_script(std::string(kCases) + "$HEARTH grammar bench right accepts rejects refused");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(nlohmann::json::parse(run.out), nlohmann::json::parse(R"({"schemas": 4, "compiled": 3,
    "all_instances_right": 1, "wrong_accepts": 1, "wrong_rejects": 1, "refused": {"pattern": 1}})"));
  const ProgramRun none = run_script("echo '{\"schema\": {}}' >none; $HEARTH grammar bench none");
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("none: there is no \"tests\""));
}

TEST(GrammarCommand, BenchCountsTheSameWithATokenizer) {
  const auto text = read_file(HEARTH_SOURCE_DIR "/tests/fixtures/tokenizer/bpe_smollm.json", size_t(1) << 20);
  ASSERT_TRUE(text.has_value());
  const nlohmann::json fixture = nlohmann::json::parse(*text);
  GgufBuilder builder;
  builder.add("general.architecture", "llama")
      .add("tokenizer.ggml.model", "gpt2")
      .add("tokenizer.ggml.pre", "smollm")
      .add("tokenizer.ggml.tokens", fixture.at("tokens").get<std::vector<std::string>>())
      .add("tokenizer.ggml.token_type", fixture.at("types").get<std::vector<int32_t>>())
      .add("tokenizer.ggml.merges", fixture.at("merges").get<std::vector<std::string>>())
      .add("tokenizer.ggml.bos_token_id", uint32_t(0));
  const std::string path = testing::TempDir() + fmt::format("/grammar_test_{}.gguf", ::getpid());
  ASSERT_TRUE(write_file_atomic(path, builder.build()).has_value());
  const ProgramRun run = run_script(std::string(kCases) + "$HEARTH grammar bench -m '" + path +
                                    "' right accepts rejects refused");
  std::filesystem::remove(path);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const auto report = nlohmann::json::parse(run.out);
  EXPECT_EQ(report.at("compiled"), 3);
  EXPECT_EQ(report.at("all_instances_right"), 1);
  EXPECT_EQ(report.at("wrong_accepts"), 1);
  EXPECT_EQ(report.at("wrong_rejects"), 1);
  for (const char* times : {"compile_us", "mask_us"}) {
    EXPECT_LE(report.at(times).at("p50"), report.at(times).at("p99"));
    EXPECT_LE(report.at(times).at("p99"), report.at(times).at("max"));
    EXPECT_GT(report.at(times).at("avg"), 0);
  }
}

}  // namespace
}  // namespace hearth::cli
