#include "store/modelfile/modelfile.h"

#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

/// Of one name, in order.
using Commands = std::multimap<std::string, std::string>;

/// The instructions by kind, as Ollama names them, each kind in its order.
Commands commands_of(const Modelfile& file) {
  Commands commands;
  for (const std::string& value : file.from) commands.emplace("model", value);
  for (const std::string& value : file.adapters) commands.emplace("adapter", value);
  if (file.chat_template) commands.emplace("template", *file.chat_template);
  if (file.system) commands.emplace("system", *file.system);
  for (const std::string& value : file.licenses) commands.emplace("license", value);
  for (const auto& [role, content] : file.messages) commands.emplace("message", role + ": " + content);
  for (const auto& [name, value] : file.parameters) commands.emplace(name, value);
  if (!file.renderer.empty()) commands.emplace("renderer", file.renderer);
  if (!file.parser.empty()) commands.emplace("parser", file.parser);
  if (!file.required_version.empty()) commands.emplace("requires", file.required_version);
  return commands;
}

TEST(Modelfile, ReadsWhatOllamaReads) {
  std::ifstream stream(std::string(HEARTH_SOURCE_DIR) + "/tests/fixtures/modelfiles.json");
  const Json fixture = Json::parse(stream);
  ASSERT_GT(fixture.size(), 25u);
  for (const Json& expected : fixture) {
    const auto text = expected["text"].get<std::string>();
    SCOPED_TRACE(text);
    const auto file = Modelfile::parse(text);
    if (expected["commands"].is_null()) {
      EXPECT_FALSE(file);
      continue;
    }
    if (!file) {
      ADD_FAILURE() << file.error().message;
      continue;
    }
    Commands commands;
    for (const Json& command : expected["commands"]) commands.emplace(command[0], command[1]);
    EXPECT_EQ(commands_of(*file), commands);
    const auto written = file->write();
    ASSERT_TRUE(written) << written.error().message;
    const auto again = Modelfile::parse(*written);
    ASSERT_TRUE(again) << *written;
    EXPECT_EQ(commands_of(*again), commands);
  }
}

TEST(Modelfile, SaysWhichLineIsWrong) {
  const auto file = Modelfile::parse("FROM a\n\nSYSTEM x\nMESSAGE robot hi\n");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("line 4"));
  EXPECT_EQ(Modelfile::parse(std::string("FROM a\0", 7)).error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(Modelfile::parse(std::string(kMaxModelfileSize + 1, '#')).error().code,
            ErrorCode::kResourceLimit);
}

TEST(Modelfile, GivesParametersTheirTypes) {
  Modelfile file{.from = {"a"},
                 .parameters = {{"temperature", "0.7"},
                                {"num_ctx", "4096"},
                                {"stop", "<a>"},
                                {"mirostat", "1"},
                                {"use_mmap", "True"},
                                {"stop", "b c"}}};
  const auto json = file.parameters_json();
  ASSERT_TRUE(json);
  EXPECT_EQ(*json, R"({"temperature":0.7,"num_ctx":4096,"stop":["<a>","b c"],"use_mmap":true})");
  const auto again = parameters_of_json(*json);
  ASSERT_TRUE(again);
  EXPECT_THAT(*again, ElementsAre(Pair("temperature", "0.7"), Pair("num_ctx", "4096"), Pair("stop", "<a>"),
                                  Pair("stop", "b c"), Pair("use_mmap", "true")));
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"temperature", "warm"},
                                                                                    {"num_ctx", "1.5"},
                                                                                    {"nothing", "1"},
                                                                                    {"use_mmap", "yes"},
                                                                                    {"top_p", "nan"}}) {
    file.parameters = {{name, value}};
    const auto refused = file.parameters_json();
    ASSERT_FALSE(refused) << name;
    EXPECT_THAT(refused.error().message, HasSubstr(name));
  }
  EXPECT_FALSE(parameters_of_json("[1]"));
  EXPECT_FALSE(parameters_of_json(R"({"a": {"b": 1}})"));
}

TEST(Modelfile, QuotesWhatNeedsQuotes) {
  for (const std::string value : {"a", " a ", "a\nb", "say \"a\"\nb", "\"quoted\"", "", "a\"\nb\"", "\n"}) {
    const auto text = Modelfile{.from = {"a"}, .system = value}.write();
    ASSERT_TRUE(text) << value;
    const auto file = Modelfile::parse(*text);
    ASSERT_TRUE(file) << *text;
    EXPECT_EQ(file->system, value);
  }
  EXPECT_FALSE((Modelfile{.from = {"a"}, .system = "a\"\"\"\nb"}.write()));
}

}  // namespace
}  // namespace hearth
