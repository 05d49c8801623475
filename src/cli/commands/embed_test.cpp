#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/embedding/vector_writer.h"
#include "cli/testing/run_program.h"

// `hearth embed` on a small random model that writes text, whose vectors are means.

namespace hearth::cli {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

const std::string kModel = "'" HEARTH_SOURCE_DIR "/tests/fixtures/models/llama3.gguf'";

std::vector<Json> lines_of(const std::string& out) {
  std::vector<Json> lines;
  for (size_t at = 0; at < out.size();) {
    const size_t end = out.find('\n', at);
    lines.push_back(Json::parse(out.substr(at, end - at)));
    at = end + 1;
  }
  return lines;
}

std::vector<Json> embed(const std::string& rest, const std::string& input = "") {
  const ProgramRun run = run_program("embed " + kModel + " " + rest, input);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return lines_of(run.out);
}

double length_of(const Json& line) {
  double squares = 0.0;
  for (const double value : line["embedding"]) squares += value * value;
  return std::sqrt(squares);
}

TEST(Embed, TextsComeFromArgumentsFilesAndThePipe) {
  const std::vector<Json> words = embed("'one two' three");
  ASSERT_EQ(words.size(), 2u);
  EXPECT_EQ(words[0]["index"], 0);
  EXPECT_EQ(words[1]["index"], 1);
  EXPECT_GT(words[0]["tokens"], words[1]["tokens"]);
  EXPECT_NEAR(length_of(words[0]), 1.0, 1e-6);
  const std::string input = "one two\nthree\n";
  EXPECT_EQ(embed("", input), words);
  EXPECT_EQ(embed("-", input), words);
  EXPECT_EQ(embed("--file -", input), words);
  EXPECT_EQ(embed("", "one two\r\nthree"), words) << "ends of lines are no text";
  const ProgramRun run =
      run_script("printf 'one two\\nthree\\n' >texts && \"$HEARTH\" embed " + kModel + " -f texts");
  EXPECT_EQ(lines_of(run.out), words) << run.err;
  const ProgramRun both = run_program("embed " + kModel + " one --file texts");
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_THAT(both.err, HasSubstr("texts and --file"));
}

TEST(Embed, CompanyOrderAndThreadsGiveTheSameNumbers) {
  std::string input, backwards;
  for (int i = 0; i < 40; ++i) {
    const std::string line = std::string(size_t(1 + i * 7 % 90), char('a' + i % 26)) + "\n";
    input += line;
    backwards = line + backwards;
  }
  const std::vector<Json> together = embed("", input);
  ASSERT_EQ(together.size(), 40u);
  std::vector<Json> reversed = embed("--threads 1", backwards);
  ASSERT_EQ(reversed.size(), 40u);
  for (size_t i = 0; i < 40; ++i) EXPECT_EQ(reversed[39 - i]["embedding"], together[i]["embedding"]);
  for (const size_t alone : {0, 17}) {
    const std::string line(1 + alone * 7 % 90, char('a' + alone % 26));
    EXPECT_EQ(embed(line)[0]["embedding"], together[alone]["embedding"]);
  }
}

TEST(Embed, PoolsCutsAndNormalizesAsAsked) {
  const Json mean = embed("hello")[0]["embedding"], last = embed("--pooling last hello")[0]["embedding"];
  EXPECT_NE(mean, last);
  const Json raw = embed("--no-normalize hello")[0];
  EXPECT_GT(std::abs(length_of(raw) - 1.0), 1e-3);
  const Json cut = embed("--dimensions 5 hello")[0];
  EXPECT_NEAR(length_of(cut), 1.0, 1e-6);
  double length = 0.0;
  for (size_t i = 0; i < 5; ++i)
    length += raw["embedding"][i].get<double>() * raw["embedding"][i].get<double>();
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(cut["embedding"][i], raw["embedding"][i].get<double>() / std::sqrt(length), 1e-6);
  }
  const ProgramRun many = run_program("embed " + kModel + " hello --dimensions 100000");
  EXPECT_EQ(many.exit_code, 2);
  EXPECT_THAT(many.err, HasSubstr("--dimensions is 100000, but the model's vectors have"));
  const ProgramRun prompt = run_program("embed " + kModel + " hello --prompt-name query");
  EXPECT_EQ(prompt.exit_code, 2);
  EXPECT_THAT(prompt.err, HasSubstr("no prompt named 'query'"));
}

TEST(Embed, WhatIsTooLongIsRefusedOrCutAsAsked) {
  const std::string input = "short\n" + std::string(500, 'x') + "\n";
  const ProgramRun refused = run_program("embed " + kModel + " --ctx 32", input);
  EXPECT_EQ(refused.exit_code, 7);
  EXPECT_THAT(refused.err, HasSubstr("line 2: has 500 tokens, but the model reads 32 at most"));
  EXPECT_THAT(refused.err, HasSubstr("--truncate"));
  const ProgramRun cut = run_program("embed " + kModel + " --ctx 32 --truncate", input);
  ASSERT_EQ(cut.exit_code, 0) << cut.err;
  EXPECT_THAT(cut.err, HasSubstr("1 of 2 texts were cut to 32 tokens"));
  const std::vector<Json> lines = lines_of(cut.out);
  EXPECT_FALSE(lines[0].contains("truncated"));
  EXPECT_EQ(lines[1]["truncated"], true);
  EXPECT_EQ(lines[1]["tokens"], 32);
}

TEST(Embed, EveryLineIsAText) {
  const ProgramRun empty = run_program("embed " + kModel, "a\n\nb\n");
  EXPECT_EQ(empty.exit_code, 2) << "nothing stands around this model's texts";
  EXPECT_THAT(empty.err, HasSubstr("line 2: has no tokens"));
  const ProgramRun none = run_program("embed " + kModel, "");
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("there is no text"));
  EXPECT_EQ(embed("", "\xff\xfe bytes\n").size(), 1u) << "any bytes are a text";
}

TEST(Embed, WritesAMatrixForNumPy) {
  const std::vector<Json> lines = embed("one two");
  const size_t columns = lines[0]["embedding"].size();
  const ProgramRun run =
      run_script("\"$HEARTH\" embed " + kModel + " one two --format npy -o out.npy && cat out.npy");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, run_program("embed " + kModel + " one two --format npy").out);
  ASSERT_TRUE(run.out.starts_with(std::string("\x93NUMPY\x01\x00", 8)));
  const size_t header = 10 + size_t(uint8_t(run.out[8])) + 256 * size_t(uint8_t(run.out[9]));
  EXPECT_EQ(header % 64, 0u);
  EXPECT_THAT(run.out.substr(0, header), HasSubstr("'shape': (2, " + std::to_string(columns) + ")"));
  ASSERT_EQ(run.out.size(), header + 2 * columns * sizeof(float));
  for (size_t i = 0; i < 2 * columns; ++i) {
    float value;
    std::memcpy(&value, run.out.data() + header + i * sizeof(value), sizeof(value));
    EXPECT_EQ(value, lines[i / columns]["embedding"][i % columns].get<float>());
  }
}

TEST(Embed, LeavesNoHalfFileBehind) {
  const std::string full = "ulimit -f 8; \"$HEARTH\" embed " + kModel;
  std::string many;
  for (int i = 0; i < 64; ++i) many += "text\n";
  const ProgramRun disk = run_script(full + " -o out.json; code=$?; ls; exit $code", many);
  EXPECT_EQ(disk.exit_code, 8) << disk.err;
  EXPECT_EQ(disk.out, "") << "no file";
  EXPECT_THAT(disk.err, HasSubstr("out.json"));
  const ProgramRun too_long =
      run_script("\"$HEARTH\" embed " + kModel + " --ctx 16 -o out.json; code=$?; ls; exit $code",
                 "a\n" + std::string(99, 'x') + "\n");
  EXPECT_EQ(too_long.exit_code, 7);
  EXPECT_EQ(too_long.out, "");
  const ProgramRun device = run_program("embed " + kModel + " a", "", "exec >/dev/full;");
  EXPECT_EQ(device.exit_code, 8) << device.err;
  EXPECT_EQ(run_program("embed " + kModel + " a -o /no/such/folder/out").exit_code, 3);
}

TEST(VectorWriter, NumbersGiveTheSameFloatBack) {
  std::string out;
  const auto writer = json_vector_writer([&](std::string_view bytes) -> Status {
    out += bytes;
    return {};
  });
  const std::vector<float> values = {0.1f, -1.0f, 1e-30f, 3.4028235e38f, 1.0f / 3.0f, 0.0f, -0.0f, 1.4e-45f};
  ASSERT_TRUE(writer->begin(1, values.size()).has_value());
  ASSERT_TRUE(writer->add({.index = 3, .num_tokens = 7, .is_cut = true, .values = values}).has_value());
  const Json line = Json::parse(out);
  EXPECT_EQ(line["index"], 3);
  EXPECT_EQ(line["tokens"], 7);
  EXPECT_EQ(line["truncated"], true);
  for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(line["embedding"][i].get<float>(), values[i]);
  EXPECT_EQ(out.back(), '\n');
}

}  // namespace
}  // namespace hearth::cli
