#include "cli/config/server_config.h"

#include <gtest/gtest.h>

#include "cli/program.h"
#include "engine/pool/model_pool.h"

namespace hearth::cli {
namespace {

TEST(ServerConfig, SaysWhatOptionsAndModelsAreSetTo) {
  const auto config = parse_config(R"(
[serve]
port = 8080
memory = 1.5
only = true
allow-origin = ["https://a", "https://b"]
keep-loaded = "10m"

[models."qwen3:4b"]
context = 8192
kv-type = "q8_0"
keep-loaded = -1
priority = 2
alias = ["gpt-4o", "mine"]

[models.llama]
pinned = true
)",
                                   "hearth.toml");
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->options.at("port"), std::vector<std::string>{"8080"});
  EXPECT_EQ(config->options.at("memory"), std::vector<std::string>{"1.5"});
  EXPECT_EQ(config->options.at("only"), std::vector<std::string>{"true"});
  EXPECT_EQ(config->options.at("allow-origin"), (std::vector<std::string>{"https://a", "https://b"}));
  const ServerConfig::Model& qwen = config->models.at("qwen3:4b");
  EXPECT_EQ(qwen.settings.context, 8192u);
  EXPECT_EQ(qwen.settings.kv_dtype, DType::kQ8_0);
  EXPECT_EQ(qwen.settings.keep_alive, ModelTerms::kForever);
  EXPECT_EQ(qwen.settings.priority, 2);
  EXPECT_EQ(qwen.aliases, (std::vector<std::string>{"gpt-4o", "mine"}));
  EXPECT_TRUE(config->models.at("llama").settings.pinned);
}

TEST(ServerConfig, WhatIsWrongIsNamedByFileAndPlace) {
  const std::pair<const char*, const char*> wrong[] = {
      {"[serve", "hearth.toml, line 1"},
      {"x = 1", "hearth.toml, line 1: x"},
      {"[other]", "other"},
      {"models = 3", "models"},
      {"[models]\na = 1", "line 2: models.\"a\""},
      {"[models.a]\ncontext = 0", "line 2: models.\"a\".context"},
      {"[models.a]\ncontext = [1]", "models.\"a\".context"},
      {"[models.a]\nkv-type = \"q9\"", "models.\"a\".kv-type"},
      {"[models.a]\nkeep-loaded = \"soon\"", "models.\"a\".keep-loaded"},
      {"[models.a]\npinned = 1", "models.\"a\".pinned"},
      {"[models.a]\ncolour = 1", "models.\"a\".colour"},
      {"[serve]\nport = {a = 1}", "port"}};
  for (const auto& [text, place] : wrong) {
    const auto config = parse_config(text, "hearth.toml");
    ASSERT_FALSE(config.has_value()) << text;
    EXPECT_EQ(config.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(config.error().message.find(place), std::string::npos) << config.error().message;
  }
}

TEST(ServerConfig, TheCommandLineComesBeforeIt) {
  size_t queue = 5;
  bool only = false;
  Status applied;
  const auto run = [&](const char* text, const std::vector<std::string>& words) {
    Program program({{"try", "Try", [&](Arguments& arguments) -> std::function<Status()> {
                        arguments.option("--max-queue", queue, number(size_t(1), size_t(100)), "queue");
                        arguments.flag("--only", only, "only");
                        applied = apply_config(*parse_config(text, "hearth.toml"), arguments);
                        return [] { return Status(); };
                      }}});
    return program.run(words, [](const char*) { return std::nullopt; });
  };
  EXPECT_TRUE(run("[serve]\nmax-queue = 7\nonly = true", {"try"}));
  EXPECT_EQ(queue, 7u);
  EXPECT_TRUE(only);
  EXPECT_TRUE(run("[serve]\nmax-queue = 7", {"try", "--max-queue", "9"}));
  EXPECT_EQ(queue, 9u);
  for (const char* wrong : {"[serve]\nmax-queue = 1000", "[serve]\nmax-queue = [1, 2]", "[serve]\nonly = 1",
                            "[serve]\nno-such = 1"}) {
    EXPECT_TRUE(run(wrong, {"try"}));
    ASSERT_FALSE(applied.has_value()) << wrong;
    EXPECT_TRUE(applied.error().message.starts_with("hearth.toml: ")) << applied.error().message;
  }
}

TEST(ServerConfig, IsLookedForWhereSettingsAre) {
  const auto of = [](std::string_view variable, std::string_view value) {
    return [=](const char* name) -> std::optional<std::string> {
      return name == variable ? std::optional(std::string(value)) : std::nullopt;
    };
  };
  EXPECT_EQ(config_path(of("HEARTH_CONFIG", "/a/b.toml")), "/a/b.toml") << "named, it must be there";
  EXPECT_EQ(config_path(of("HOME", "/nowhere")), "");
  EXPECT_EQ(config_path(of("NONE", "")), "");
  EXPECT_FALSE(read_config("/nowhere/hearth.toml").has_value());
}

}  // namespace
}  // namespace hearth::cli
