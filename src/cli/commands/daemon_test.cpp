#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/testing/run_program.h"
#include "cli/testing/server_program.h"

// `hearth serve` as a daemon of its user: `hearth ps`, `hearth stop`, and `hearth run` as its client.

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

class Daemon : public ::testing::Test {
 protected:
  Daemon() {
    std::string pattern = fs::temp_directory_path() / "hearth_daemon_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    fs::create_directories(folder_ / "models");
    for (const char* name : {"llama3.gguf", "qwen2.gguf"}) {
      fs::create_symlink(fs::path(HEARTH_SOURCE_DIR "/tests/fixtures/models") / name,
                         folder_ / "models" / name);
    }
  }
  ~Daemon() override { fs::remove_all(folder_); }
  std::string setup() const {
    return "XDG_DATA_HOME='" + folder_.string() + "' XDG_CACHE_HOME='" + folder_.string() +
           "/cache' HEARTH_MODELS='" + folder_.string() + "/models'";
  }
  ServerProgram::Options daemon(const std::string& arguments = "-q") const {
    return {.arguments = arguments, .setup = "export " + setup() + ';', .model = ""};
  }
  nlohmann::json running() const {
    const ProgramRun ps = run_program("ps --json", "", setup());
    EXPECT_EQ(ps.exit_code, 0) << ps.err;
    return nlohmann::json::parse(ps.out)["models"];
  }

  fs::path folder_;
};

constexpr const char* kQuestion = "run llama3 -n 12 --temperature 0 --ignore-eos 'abc def'";

TEST_F(Daemon, RunAnswersByItAsItDoesByItself) {
  const ProgramRun alone = run_program(kQuestion, "", setup());
  ASSERT_EQ(alone.exit_code, 0) << alone.err;
  ServerProgram server(folder_, daemon());
  ASSERT_NE(server.line().find("2 models are served"), std::string::npos) << server.line();
  EXPECT_TRUE(running().empty());
  const ProgramRun asked = run_program(kQuestion, "", setup());
  EXPECT_EQ(asked.exit_code, 0) << asked.err;
  EXPECT_EQ(asked.out, alone.out);
  EXPECT_NE(asked.err.find("answer 12 tokens"), std::string::npos) << asked.err;
  const nlohmann::json loaded = running();
  ASSERT_EQ(loaded.size(), 1u) << "it has the model";
  EXPECT_EQ(loaded[0]["name"], "llama3");

  const std::string path = "run '" + (folder_ / "models/llama3.gguf").string() + "' -n 2 abc";
  EXPECT_EQ(run_program(path, "", setup()).exit_code, 0) << "what it does not know by this name runs here";
  const ProgramRun missing = run_program("run nothing abc", "", setup());
  EXPECT_EQ(missing.exit_code, run_program("run nothing abc").exit_code);
}

TEST_F(Daemon, ModelsAreListedAndStopped) {
  const ProgramRun none = run_program("ps", "", setup());
  EXPECT_NE(none.exit_code, 0);
  EXPECT_NE(none.err.find("no server is running"), std::string::npos) << none.err;
  ServerProgram server(folder_, daemon("-q --alias mine=qwen2 --keep-loaded -1"));
  EXPECT_EQ(run_program("run mine -n 2 abc", "", setup()).exit_code, 0);
  const ProgramRun ps = run_program("ps", "", setup());
  EXPECT_NE(ps.out.find("qwen2"), std::string::npos) << ps.out;
  EXPECT_NE(ps.out.find("for ever"), std::string::npos) << ps.out;
  EXPECT_EQ(run_program("stop mine", "", setup()).exit_code, 0);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!running().empty() && std::chrono::steady_clock::now() < deadline) ::usleep(10'000);
  EXPECT_TRUE(running().empty());
  EXPECT_NE(run_program("stop mine", "", setup()).err.find("is not loaded"), std::string::npos);
  EXPECT_NE(run_program("stop nothing", "", setup()).exit_code, 0);
  EXPECT_EQ(server.stop(SIGTERM), 0);
  EXPECT_FALSE(fs::exists(folder_ / "hearth/daemon.sock"));
}

TEST_F(Daemon, ServesOneModelAloneWhenToldTo) {
  ServerProgram::Options options = daemon("-q --only");
  options.model = (folder_ / "models/llama3.gguf").string();
  ServerProgram server(folder_, options);
  EXPECT_NE(server.line().find("llama3.gguf is served"), std::string::npos) << server.line();
  const nlohmann::json loaded = running();
  ASSERT_EQ(loaded.size(), 1u);
  EXPECT_EQ(loaded[0]["expires_in_s"], nullptr);
  EXPECT_EQ(run_program("stop qwen2", "", setup()).exit_code,
            run_program("stop nothing", "", setup()).exit_code);
}

}  // namespace
}  // namespace hearth::cli
