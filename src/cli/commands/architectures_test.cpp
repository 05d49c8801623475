#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "models/model_spec.h"

namespace hearth::cli {

Command command_architectures();

namespace {

using testing::HasSubstr;

std::string output(const std::vector<std::string>& options) {
  Program program({command_architectures()});
  std::vector<std::string> words{"architectures"};
  words.insert(words.end(), options.begin(), options.end());
  testing::internal::CaptureStdout();
  EXPECT_TRUE(program.run(words, process_environment()).has_value());
  return testing::internal::GetCapturedStdout();
}

TEST(ArchitecturesTest, ListsEveryNameOnce) {
  const auto json = nlohmann::json::parse(output({"--json"}));
  std::multiset<std::string> listed, known;
  for (const auto& one : json["architectures"]) {
    for (const char* form : {"gguf", "folder"}) {
      for (const auto& name : one[form]) listed.insert(name.get<std::string>());
    }
  }
  for (const ModelSpec& spec : all_arch()) known.insert(spec.names.begin(), spec.names.end());
  EXPECT_EQ(listed, known);
  EXPECT_EQ(std::set(listed.begin(), listed.end()).size(), listed.size()) << "a name of two architectures";
  EXPECT_THAT(json["gguf_types"].dump(), HasSubstr("\"Q4_K\""));
  EXPECT_THAT(json["gguf_types"].dump(), testing::Not(HasSubstr("\"FP8\""))) << "no type of GGUF's";
  const std::string text = output({});
  for (const std::string& name : known) EXPECT_THAT(text, HasSubstr(name));
}

}  // namespace
}  // namespace hearth::cli
