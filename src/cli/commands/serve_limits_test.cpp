#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_descriptor.h"
#include "cli/testing/run_program.h"
#include "cli/testing/server_program.h"
#include "server/records/audit_check.h"
#include "server/testing/test_client.h"

// `hearth serve` under what a system may do to it: logs that nobody takes, full disks, signals, open folders.

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class ServeLimits : public ::testing::Test {
 protected:
  ServeLimits() {
    std::string pattern = fs::temp_directory_path() / "hearth_limits_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ServeLimits() override { fs::remove_all(folder_); }

  static testing::ReceivedResponse ask(const ServerProgram& server, const std::string& request) {
    testing::TestClient client(server.port());
    client.send(request);
    return client.read_response();
  }
  static int complete(const ServerProgram& server) {
    return ask(server, testing::post("/v1/completions", R"({"prompt":[5,6,7],"max_tokens":2,"seed":1})"))
        .status;
  }
  static json respond(const ServerProgram& server) {
    return json::parse(
        ask(server, testing::post("/v1/responses", R"({"input":"hi","max_output_tokens":2})")).body);
  }
  static double figure(const ServerProgram& server, const std::string& name) {
    const std::string text = ask(server, testing::get("/metrics")).body;
    const size_t at = text.find("\n" + name + "{");
    return at == std::string::npos ? -1.0 : std::atof(text.c_str() + text.find("} ", at) + 2);
  }
  /// Below the ports that the system gives to clients: one that asks before the server listens would else be
  /// given this very port, and find itself at the other end.
  static uint16_t free_port() {
    for (uint16_t port = uint16_t(20'000 + ::getpid() % 10'000); port < 32'000; ++port) {
      const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      sockaddr_in address = {};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      address.sin_port = htons(port);
      if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return port;
    }
    ADD_FAILURE() << "no port is free";
    return 0;
  }
  std::string content(const char* name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string audit_option() const { return " --audit-log '" + (folder_ / "audit.log").string() + "' "; }

  fs::path folder_;
};

TEST_F(ServeLimits, WhatIsKeptIsForItsOwnerAlone) {
  // As it is after `mkdir -p` of the folder for models, under the loosest umask.
  const fs::path data = folder_ / "hearth";
  fs::create_directories(data / "models");
  for (const fs::path& open : {data, data / "models"}) ::chmod(open.c_str(), 0755);
  std::ofstream{data / "responses.sqlite"}.flush();
  ::chmod((data / "responses.sqlite").c_str(), 0644);
  {
    const std::string arguments = "-q --prefix-disk 1" + audit_option();
    ServerProgram server(
        folder_,
        {.arguments = arguments, .setup = "umask 0;", .redirect = "2>'" + (folder_ / "log").string() + "'"});
    EXPECT_EQ(respond(server)["store"], true);
    EXPECT_EQ(server.stop(SIGTERM), 0);
    for (const auto& entry : fs::recursive_directory_iterator(data)) {
      struct stat info = {};
      ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
      if (entry.path() == data / "models") continue;
      EXPECT_EQ(info.st_mode & 0777, entry.is_directory() ? 0700u : 0600u) << entry.path();
    }
  }
  struct stat info = {};
  ASSERT_EQ(::stat(data.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  ASSERT_EQ(::stat((folder_ / "audit.log").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const std::string log = content("log");
  EXPECT_NE(log.find("note: others could use " + data.string() + " "), std::string::npos) << log;
  EXPECT_NE(log.find("note: others could use " + (data / "responses.sqlite").string() + " "),
            std::string::npos);
}

TEST_F(ServeLimits, ALogThatIsNotTakenCostsLinesAlone) {
  for (const char* redirect : {"2>/dev/full", "2>&-", "2>&- <&-"}) {
    fs::remove(folder_ / "audit.log");
    ServerProgram server(folder_, {.arguments = audit_option(), .redirect = redirect});
    for (int i = 0; i < 5; ++i) EXPECT_EQ(complete(server), 200) << redirect;
    // Lines are written behind the answers.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    size_t num_looks = 1;
    for (; figure(server, "hearth_log_lines_dropped_total") < 5.0; ++num_looks) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << redirect;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(server.stop(SIGTERM), 0) << redirect;
    const auto audit = server::verify_audit_log(folder_ / "audit.log");
    ASSERT_TRUE(audit) << redirect << audit.error().message;
    EXPECT_EQ(audit->num_records, 5 + num_looks) << redirect;
  }
}

TEST_F(ServeLimits, APipeThatNobodyReadsHoldsNobodyUp) {
  std::array<int, 2> ends = {-1, -1};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  FileDescriptor out(ends[0]), in(ends[1]);
  ::fcntl(in.get(), F_SETPIPE_SZ, 4096);
  ServerProgram server(folder_, {.arguments = audit_option(), .standard_error = in.get()});
  in = FileDescriptor();
  // Far more lines than the pipe takes.
  for (int i = 0; i < 60; ++i) EXPECT_EQ(complete(server), 200);
  EXPECT_EQ(ask(server, testing::get("/health")).status, 200);
  out = FileDescriptor();
  EXPECT_EQ(complete(server), 200) << "also when its reader has gone";
  EXPECT_EQ(server.stop(SIGTERM), 0);
  EXPECT_EQ(server::verify_audit_log(folder_ / "audit.log")->num_records, 61u);
}

TEST_F(ServeLimits, StandardOutputMayBeClosed) {
  ServerProgram server(folder_, {.redirect = ">&-", .port = free_port()});
  EXPECT_EQ(server.line(), "");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (ask(server, testing::get("/health")).status != 200) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(complete(server), 200);
  EXPECT_EQ(server.stop(SIGTERM), 0);
}

TEST_F(ServeLimits, AFileSizeLimitIsAFullDisk) {
  // 16 blocks of 512 bytes: the audit log soon has no more room, and the database of responses none at all
  // beyond what it has from before.
  {
    ServerProgram server(folder_);
  }
  for (const bool refuses : {true, false}) {
    fs::remove(folder_ / "audit.log");
    ServerProgram server(folder_, {.arguments = std::string("-q --audit-failure ") +
                                                (refuses ? "refuse" : "continue") + audit_option(),
                                   .setup = "ulimit -f 96;",
                                   .redirect = "2>/dev/null"});
    ASSERT_NE(server.line(), "");
    int status = 200;
    for (int i = 0; i < 400 && status == 200; ++i) status = complete(server);
    EXPECT_EQ(status, refuses ? 503 : 200);
    const json health = json::parse(ask(server, testing::get("/health")).body);
    EXPECT_EQ(health["audit"]["state"], "failing");
    EXPECT_EQ(server.stop(SIGTERM), 0);
    const auto audit = server::verify_audit_log(folder_ / "audit.log");
    EXPECT_TRUE(audit) << audit.error().message;
  }
}

TEST_F(ServeLimits, AHangUpEndsItInOrderUnlessItIsIgnored) {
  ServerProgram server(folder_);
  EXPECT_EQ(complete(server), 200);
  EXPECT_EQ(server.stop(SIGHUP), 0);
  ServerProgram ignoring(folder_, {.setup = "trap '' HUP;"});
  ignoring.send(SIGHUP);
  EXPECT_EQ(complete(ignoring), 200);
  EXPECT_EQ(ignoring.stop(SIGTERM), 0);
}

TEST_F(ServeLimits, WithoutAHomeNothingIsKeptOnDisk) {
  const std::string log = (folder_ / "log").string();
  const std::string homeless = "unset HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_STATE_HOME; ";
  ServerProgram server(folder_, {.arguments = "", .setup = homeless, .redirect = "2>'" + log + "'"});
  EXPECT_EQ(complete(server), 200);
  const json response = respond(server);
  EXPECT_EQ(response["store"], true);
  EXPECT_EQ(ask(server, testing::get("/v1/responses/" + response["id"].get<std::string>())).status, 200);
  EXPECT_EQ(server.stop(SIGTERM), 0);
  std::ifstream file(log);
  const std::string said(std::istreambuf_iterator<char>(file), {});
  EXPECT_NE(said.find("HOME is not set: responses are kept in memory"), std::string::npos) << said;
  EXPECT_FALSE(fs::exists(folder_ / "hearth"));
  const ProgramRun guarded =
      run_script(homeless + "\"$HEARTH\" serve '" HEARTH_SOURCE_DIR
                            "/tests/fixtures/models/llama3.gguf' --port 0 -t 1 --require-key");
  EXPECT_EQ(guarded.exit_code, 2) << guarded.err;
  EXPECT_NE(guarded.err.find("requires an API key"), std::string::npos) << guarded.err;
}

TEST_F(ServeLimits, TooFewFilesForKeysAreALimit) {
  const std::string home = "XDG_DATA_HOME='" + folder_.string() + "' ";
  ASSERT_EQ(run_script(home + "\"$HEARTH\" keys create").exit_code, 0);
  int num_refused = 0;
  for (int limit = 4; limit < 12; ++limit) {
    const ProgramRun run =
        run_script("ulimit -n " + std::to_string(limit) + "; " + home + "\"$HEARTH\" keys list");
    if (run.exit_code == 127) continue;  // too few for its libraries
    num_refused += run.exit_code != 0;
    EXPECT_TRUE(run.exit_code == 0 || run.exit_code == 6) << limit << run.err;
    EXPECT_TRUE(run.exit_code == 0 || run.err.find("ulimit -n") != std::string::npos) << limit << run.err;
  }
  EXPECT_GT(num_refused, 0);
}

TEST_F(ServeLimits, WhatIsNoFileIsNoPlaceForAnything) {
  const std::string setup = "cd '" + folder_.string() + "'; XDG_DATA_HOME=\"$PWD\" XDG_CACHE_HOME=\"$PWD\" ";
  const std::string serve =
      "\"$HEARTH\" serve '" HEARTH_SOURCE_DIR "/tests/fixtures/models/llama3.gguf' --port 0 -t 1 ";
  ::mkfifo((folder_ / "pipe").c_str(), 0600);
  for (const char* log : {"pipe", ".", "/dev/null"}) {
    const ProgramRun run = run_script(setup + serve + "--audit-log " + log);
    EXPECT_EQ(run.exit_code, 2) << log << run.err;
    EXPECT_NE(run.err.find("not a file"), std::string::npos) << run.err;
  }
  EXPECT_EQ(run_script(setup + "\"$HEARTH\" audit pipe").exit_code, 2);
  for (const char* name : {"responses.sqlite", "keys.sqlite", "keys.secret"}) {
    fs::remove_all(folder_ / "hearth");
    fs::create_directories(folder_ / "hearth");
    ::mkfifo((folder_ / "hearth" / name).c_str(), 0600);
    const ProgramRun run = run_script(setup + serve);
    EXPECT_EQ(run.exit_code, 2) << name << run.err;
    EXPECT_NE(run.err.find(std::string(name) + " is a pipe, not a file"), std::string::npos) << run.err;
  }
}

}  // namespace
}  // namespace hearth::cli
