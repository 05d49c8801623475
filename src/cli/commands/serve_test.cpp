#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/run_program.h"
#include "cli/server_program.h"
#include "server/test_client.h"

// `hearth serve` and `hearth keys` as programs.

namespace hearth {
namespace {

namespace fs = std::filesystem;

class Serve : public ::testing::Test {
 protected:
  Serve() {
    std::string pattern = fs::temp_directory_path() / "hearth_serve_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Serve() override { fs::remove_all(folder_); }
  std::string setup() const { return "XDG_DATA_HOME='" + folder_.string() + "'"; }

  fs::path folder_;
};

std::string completion(int num_tokens) {
  return R"({"prompt":[5,6,7],"ignore_eos":true,"max_tokens":)" + std::to_string(num_tokens) +
         R"(,"seed":1})";
}

TEST_F(Serve, GuessesAreCountedAndChangeNoText) {
  const auto answer = [&](ServerProgram& server) {
    testing::TestClient client(server.port());
    client.send(testing::post("/v1/completions", completion(60)));
    return nlohmann::json::parse(client.read_answer().body)["choices"][0]["text"].get<std::string>();
  };
  ServerProgram plain(folder_);
  ServerProgram drafted(folder_, "--draft-model '" HEARTH_SOURCE_DIR "/tests/fixtures/models/gemma3.gguf'");
  EXPECT_EQ(answer(drafted), answer(plain));
  testing::TestClient client(drafted.port());
  client.send(testing::get("/metrics"));
  const std::string metrics = client.read_answer().body;
  const size_t at = metrics.find("\nhearth_draft_tokens_total{");
  ASSERT_NE(at, std::string::npos) << metrics;
  EXPECT_GT(std::atof(metrics.c_str() + metrics.find(' ', at)), 0.0);
}

TEST_F(Serve, SaysWhereItIsAndStopsWhenAsked) {
  ServerProgram server(folder_);
  ASSERT_NE(server.line().find("http://127.0.0.1:"), std::string::npos) << server.line();
  testing::TestClient client(server.port());
  client.send(testing::post("/v1/completions", completion(4)));
  const testing::HttpAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(nlohmann::json::parse(answer.body)["usage"]["completion_tokens"], 4);
  EXPECT_EQ(server.stop(SIGTERM), 0);
}

TEST_F(Serve, KeysOpenTheDoor) {
  const ProgramRun made = run_program("keys create --name test --expires 1h", "", setup());
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const std::string key = made.out.substr(0, made.out.size() - 1);
  const auto listed = nlohmann::json::parse(run_program("keys list --json", "", setup()).out);
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0]["name"], "test");
  EXPECT_EQ(listed[0]["state"], "usable");
  EXPECT_EQ(listed.dump().find(key), std::string::npos);

  ServerProgram server(folder_, "--require-key");
  const auto status = [&](const std::string& headers) {
    testing::TestClient client(server.port());
    client.send(testing::get("/v1/models", headers));
    return client.read_answer().status;
  };
  const std::string header = "Authorization: Bearer " + key + "\r\n";
  EXPECT_EQ(status(""), 401);
  EXPECT_EQ(status(header), 200);
  const std::string id = listed[0]["id"];
  EXPECT_EQ(run_program("keys revoke " + id, "", setup()).exit_code, 0);
  const auto begin = std::chrono::steady_clock::now();
  while (status(header) == 200) {
    ASSERT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  }
  // What another process has written survives a death without warning.
  EXPECT_EQ(server.stop(SIGKILL), 128 + SIGKILL);
  const auto after = nlohmann::json::parse(run_program("keys list --json", "", setup()).out);
  EXPECT_EQ(after[0]["state"], "revoked");
}

TEST_F(Serve, WrongUseIsSaid) {
  EXPECT_EQ(run_program("keys revoke nobody", "", setup()).exit_code, 3);
  EXPECT_EQ(run_program("keys create --scopes all", "", setup()).exit_code, 2);
  EXPECT_EQ(run_program("keys create --expires soon", "", setup()).exit_code, 2);
  const std::string model = "'" HEARTH_SOURCE_DIR "/tests/fixtures/models/llama3.gguf'";
  const ProgramRun open = run_program("serve " + model + " --port 0 --host 0.0.0.0", "", setup());
  EXPECT_EQ(open.exit_code, 2);
  EXPECT_NE(open.err.find("hearth keys create"), std::string::npos) << open.err;
}

TEST_F(Serve, TheAuditLogIsChecked) {
  const fs::path log = folder_ / "audit.log";
  {
    ServerProgram server(folder_, "--audit-log '" + log.string() + "'");
    testing::TestClient client(server.port());
    client.send(testing::get("/v1/models"));
    EXPECT_EQ(client.read_answer().status, 200);
    EXPECT_EQ(server.stop(SIGTERM), 0);
  }
  const ProgramRun checked = run_program("audit '" + log.string() + "'");
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
  EXPECT_TRUE(checked.out.starts_with("1 records, intact")) << checked.out;
  std::ofstream(log, std::ios::app) << "{}\n";
  EXPECT_EQ(run_program("audit '" + log.string() + "'").exit_code, 4);
}

}  // namespace
}  // namespace hearth
