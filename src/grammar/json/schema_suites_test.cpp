#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "grammar/testing/schema_cases.h"

// Schemas that others have collected, each with texts that are judged, beside what was known to be wrong
// about them (tests/golden/schemas/): a case may only become better, and then the file must say so. With
// HEARTH_WRITE_GOLDEN set, the files are written anew. The large collection is read where HEARTH_SCHEMA_DATA
// is its folder
// (`./dev test --only schemas`).

namespace hearth::grammar {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

const fs::path kGolden = HEARTH_SOURCE_DIR "/tests/golden/schemas";
const std::string kSuite = HEARTH_SOURCE_DIR "/tests/fixtures/json_schema_suite/";

Json to_json(const SchemaRun& run) {
  Json json = {
      {"cases", run.num_cases}, {"right", run.num_cases - run.faults.size()}, {"faults", Json::object()}};
  for (const auto& [name, fault] : run.faults) json["faults"][name] = fault;
  return json;
}

void expect_no_worse(const SchemaRun& run, const std::string& name) {
  const fs::path path = kGolden / (name + ".json");
  if (std::getenv("HEARTH_WRITE_GOLDEN")) {
    std::ofstream(path) << to_json(run).dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
    return;
  }
  std::ifstream file(path);
  const Json golden = Json::parse(file);
  EXPECT_EQ(run.num_cases, golden.at("cases"));
  for (const auto& [one, fault] : run.faults) {
    EXPECT_FALSE(fault.starts_with("accepts ")) << one << ": " << fault;
    EXPECT_TRUE(golden.at("faults").contains(one)) << one << ": " << fault;
  }
  for (const auto& [one, fault] : golden.at("faults").items())
    EXPECT_TRUE(run.faults.contains(one)) << one << " is right now: take it out of " << path;
}

void run_suite(const std::string& draft, std::string_view metaschema) {
  const auto cases = read_suite(kSuite + draft + ".json", metaschema);
  ASSERT_TRUE(cases.has_value()) << cases.error().message;
  auto remotes = read_remotes(kSuite + "remotes.json", draft);
  ASSERT_TRUE(remotes.has_value()) << remotes.error().message;
  ReadSchemaOptions options;
  options.assert_formats = false;  // as the suite's required tests have it
  options.documents = std::move(*remotes);
  SchemaRun run;
  for (const SchemaCase& one : *cases) {
    // A boolean cannot say which draft it is of, and then others are read as of the newest.
    const bool is_boolean = one.schema == "true" || one.schema == "false";
    run_case(one, is_boolean ? ReadSchemaOptions() : options, run);
  }
  expect_no_worse(run, draft);
}

TEST(SchemaSuites, Draft202012) { run_suite("draft2020-12", "https://json-schema.org/draft/2020-12/schema"); }
TEST(SchemaSuites, Draft7) { run_suite("draft7", "http://json-schema.org/draft-07/schema#"); }

/// Folders beside each other, none without the variable.
std::vector<std::string> large_collections() {
  const char* const folder = std::getenv("HEARTH_SCHEMA_DATA");
  return folder ? std::vector<std::string>{std::string(folder) + "/maskbench_dev"}
                : std::vector<std::string>();
}

class SchemaCollections : public testing::TestWithParam<std::string> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SchemaCollections);

TEST_P(SchemaCollections, AreJudgedRight) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(GetParam())) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  SchemaRun run;
  for (const std::string& path : paths) {
    const auto one = read_maskbench(path);
    ASSERT_TRUE(one.has_value()) << path << ": " << one.error().message;
    run_case(*one, {}, run);
  }
  expect_no_worse(run, fs::path(GetParam()).filename().string());
}

INSTANTIATE_TEST_SUITE_P(Large, SchemaCollections, testing::ValuesIn(large_collections()));

}  // namespace
}  // namespace hearth::grammar
