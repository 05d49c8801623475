#include "cli/server_variables.h"

#include <gtest/gtest.h>

#include "cli/command.h"
#include "cli/program.h"

namespace hearth::cli {
namespace {

TEST(ServerVariables, OllamasHostIsReadInAllItsForms) {
  const HostAndPort otherwise{.host = "127.0.0.1", .port = 11434};
  const auto read = [&](std::string_view text) {
    const auto found = parse_ollama_host(text, otherwise);
    return found ? fmt::format("{} {}", found->host, found->port) : found.error().message;
  };
  EXPECT_EQ(read("0.0.0.0"), "0.0.0.0 11434");
  EXPECT_EQ(read(":8080"), "127.0.0.1 8080");
  EXPECT_EQ(read("example.org:99"), "example.org 99");
  EXPECT_EQ(read("http://example.org"), "example.org 80");
  EXPECT_EQ(read("https://example.org/path"), "example.org 443");
  EXPECT_EQ(read("http://[::1]:11434/"), "::1 11434");
  EXPECT_EQ(read("[::1]"), "::1 11434");
  EXPECT_EQ(read("::1"), "::1 11434");
  for (const char* text : {"a:99999", "a:x", "a:", "[::1]:-1"}) {
    EXPECT_FALSE(parse_ollama_host(text, otherwise).has_value()) << text;
  }
}

/// An option, a list and a flag that a command takes, with what the environment holds.
struct Taken {
  size_t queue = 5;
  std::vector<std::string> origins;
  bool only = false;
  std::string error;
};
Taken take(const std::map<std::string, std::string>& variables, const std::vector<std::string>& words = {}) {
  Taken taken;
  Program program({{"try", "Try", [&](Arguments& arguments) -> std::function<Status()> {
                      arguments.option("--max-queue", taken.queue, number(size_t(1), size_t(100)), "queue");
                      arguments.repeatable("--allow-origin", taken.origins, word("ORIGIN"), "origins");
                      arguments.flag("--only", taken.only, "only");
                      name_server_variables(arguments);
                      return [] { return Status(); };
                    }}});
  std::vector<std::string> line = {"try"};
  line.insert(line.end(), words.begin(), words.end());
  const Status run = program.run(line, [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
  if (!run) taken.error = run.error().message;
  return taken;
}

TEST(ServerVariables, OptionsComeFromThemWhereTheCommandLineSaysNothing) {
  EXPECT_EQ(take({{"HEARTH_MAX_QUEUE", "7"}}).queue, 7u);
  EXPECT_EQ(take({{"OLLAMA_MAX_QUEUE", "8"}}).queue, 8u);
  EXPECT_EQ(take({{"OLLAMA_MAX_QUEUE", "8"}, {"HEARTH_MAX_QUEUE", "7"}}).queue, 7u) << "ours comes first";
  EXPECT_EQ(take({{"HEARTH_MAX_QUEUE", "7"}}, {"--max-queue", "9"}).queue, 9u);
  EXPECT_EQ(take({{"OLLAMA_ORIGINS", "a,b"}}).origins, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(take({{"HEARTH_ONLY", "1"}}).only);
  for (const char* off : {"0", "false", "no", "off"}) EXPECT_FALSE(take({{"HEARTH_ONLY", off}}).only) << off;
  EXPECT_TRUE(take({{"HEARTH_MAX_QUEUE", "none"}}).error.starts_with("$HEARTH_MAX_QUEUE: "));
}

}  // namespace
}  // namespace hearth::cli
