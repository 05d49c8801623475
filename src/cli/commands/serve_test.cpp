#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/testing/models.h"
#include "cli/testing/run_program.h"
#include "cli/testing/server_program.h"
#include "server/testing/test_client.h"

// `hearth serve` and `hearth keys` as programs.

namespace hearth::cli {
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

TEST_F(Serve, DraftsAreCountedAndChangeNoText) {
  const auto answer = [&](ServerProgram& server) {
    testing::TestClient client(server.port());
    client.send(testing::post("/v1/completions", completion(60)));
    return nlohmann::json::parse(client.read_response().body)["choices"][0]["text"].get<std::string>();
  };
  ServerProgram plain(folder_);
  ServerProgram drafted(folder_, "--draft-model '" HEARTH_SOURCE_DIR "/tests/fixtures/models/gemma3.gguf'");
  EXPECT_EQ(answer(drafted), answer(plain));
  testing::TestClient client(drafted.port());
  client.send(testing::get("/metrics"));
  const std::string metrics = client.read_response().body;
  const size_t at = metrics.find("\nhearth_draft_tokens_total{");
  ASSERT_NE(at, std::string::npos) << metrics;
  EXPECT_GT(std::atof(metrics.c_str() + metrics.find(' ', at)), 0.0);
}

TEST_F(Serve, SaysWhereItIsAndStopsWhenAsked) {
  ServerProgram server(folder_);
  ASSERT_NE(server.line().find("http://127.0.0.1:"), std::string::npos) << server.line();
  testing::TestClient client(server.port());
  client.send(testing::post("/v1/completions", completion(4)));
  const testing::ReceivedResponse response = client.read_response();
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(nlohmann::json::parse(response.body)["usage"]["completion_tokens"], 4);
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
    return client.read_response().status;
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
    EXPECT_EQ(client.read_response().status, 200);
    EXPECT_EQ(server.stop(SIGTERM), 0);
  }
  const ProgramRun checked = run_program("audit '" + log.string() + "'");
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
  EXPECT_TRUE(checked.out.starts_with("1 records, intact")) << checked.out;
  std::ofstream(log, std::ios::app) << "{}\n";
  EXPECT_EQ(run_program("audit '" + log.string() + "'").exit_code, 4);
}

nlohmann::json ask(ServerProgram& server, const std::string& path, const std::string& body, int status) {
  testing::TestClient client(server.port());
  client.send(testing::post(path, body));
  const testing::ReceivedResponse response = client.read_response();
  EXPECT_EQ(response.status, status) << response.body;
  return nlohmann::json::parse(response.body);
}

TEST_F(Serve, WhatIsNoNumberEndsARequestAndNotTheServer) {
  const fs::path model = folder_ / "overflows.gguf";
  write_bytes(model, with_values("output_norm.weight", 3e38f));
  const fs::path log = folder_ / "log";
  ServerProgram server(folder_, {.redirect = "2>'" + log.string() + "'", .model = model.string()});
  const std::pair<const char*, std::string> kRequests[] = {
      {"/v1/completions", completion(4)},
      {"/v1/completions", R"({"prompt":[5],"max_tokens":0})"},
      {"/v1/completions", R"({"prompt":[5],"max_tokens":0,"echo":true,"logprobs":1})"},
      {"/v1/completions", R"({"prompt":[5],"max_tokens":4,"temperature":0})"},
      {"/v1/completions", R"({"prompt":[5,6,7],"max_tokens":0,"echo":true,"logprobs":1})"},
      {"/v1/chat/completions", R"({"messages":[{"role":"user","content":"hi"}],"max_tokens":3})"},
      {"/v1/embeddings", R"({"input":"hi"})"},
  };
  for (const auto& [path, body] : kRequests) {
    const auto error = ask(server, path, body, 500)["error"];
    EXPECT_EQ(error["code"], "not_finite") << path;
    EXPECT_EQ(error["type"], "server_error");
    for (const char* part : {" at position ", "overflows"}) {
      EXPECT_NE(error["message"].get<std::string>().find(part), std::string::npos) << error;
    }
  }
  EXPECT_EQ(ask(server, "/v1/messages", R"({"messages":[{"role":"user","content":"hi"}],"max_tokens":3})",
                500)["error"]["type"],
            "api_error");
  testing::TestClient client(server.port());
  client.send(testing::get("/v1/models"));
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(server.stop(SIGTERM), 0);
  std::ifstream lines(log);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line)) << "also with --quiet";
  for (const char* part : {" at position ", "overflows"}) EXPECT_NE(line.find(part), line.npos) << line;
}

/// A prompt of several blocks, of which all tokens are scored.
std::string scored_prompt(int seed) {
  std::string ids;
  for (int i = 0; i < 150; ++i) ids += fmt::format("{}{}", i == 0 ? "" : ",", (i * (7 + seed) + 3) % 250);
  return fmt::format(R"({{"prompt":[{}],"max_tokens":8,"temperature":0,"ignore_eos":true,"logprobs":2}})",
                     ids);
}

struct Scored {
  int num_cached;
  nlohmann::json logprobs;
};
Scored score(ServerProgram& server, int seed = 0) {
  const auto answer = ask(server, "/v1/completions", scored_prompt(seed), 200);
  return {answer["usage"]["prompt_tokens_details"]["cached_tokens"], answer["choices"][0]["logprobs"]};
}

/// Asks small things until the server knows whose prefixes the disk keeps.
void wait_for_disk(ServerProgram& server) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (true) {
    ask(server, "/v1/completions", completion(1), 200);
    testing::TestClient client(server.port());
    client.send(testing::get("/metrics"));
    const std::string metrics = client.read_response().body;
    const size_t at = metrics.find("\nhearth_prefix_disk_ready{");
    ASSERT_NE(at, std::string::npos) << metrics;
    if (std::atoi(metrics.c_str() + metrics.find(' ', at)) == 1) return;
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
}

/// Other weights in a part, with the time of writing set back.
void change_part(const fs::path& part, bool in_place) {
  const auto written = fs::last_write_time(part);
  std::string bytes = *read_file(part, 1 << 20);
  const GgufFile file = *GgufFile::parse(as_bytes(bytes));
  const GgufTensor* norm = file.find_tensor("output_norm.weight");
  ASSERT_NE(norm, nullptr);
  for (size_t i = 0; i < 8; ++i) {
    const float value = float(i) - 3.0f;
    std::memcpy(&bytes[norm->offset + i * sizeof(float)], &value, sizeof(value));
  }
  for (const GgufTensor& tensor : file.tensors()) {
    if (tensor.name == "blk.2.attn_norm.weight") {
      const float value = 2.5f;
      std::memcpy(&bytes[tensor.offset], &value, sizeof(value));
    }
  }
  if (in_place) {
    std::fstream(part, std::ios::binary | std::ios::in | std::ios::out)
        .write(bytes.data(), std::streamsize(bytes.size()));
  } else {
    write_bytes(part.string() + ".new", bytes);
    fs::rename(part.string() + ".new", part);
  }
  fs::last_write_time(part, written);
}

TEST_F(Serve, PrefixesOnDiskAreThoseOfTheWeights) {
  for (const bool in_place : {true, false}) {
    SCOPED_TRACE(in_place ? "changed in place" : "replaced");
    const fs::path home = folder_ / (in_place ? "a" : "b");
    fs::create_directory(home);
    const fs::path model = write_split_model(home, "tiny");
    const std::string disk = "--prefix-disk 1";
    Scored first;
    {
      ServerProgram server(home, disk, model.string());
      wait_for_disk(server);
      first = score(server);
      EXPECT_EQ(server.stop(SIGTERM), 0);
    }
    {
      ServerProgram server(home, disk, model.string());
      wait_for_disk(server);
      const Scored again = score(server);
      EXPECT_GT(again.num_cached, 100) << "the same weights";
      EXPECT_EQ(again.logprobs, first.logprobs);
      EXPECT_EQ(server.stop(SIGTERM), 0);
    }
    change_part(home / "tiny-00002-of-00002.gguf", in_place);
    ServerProgram fresh(home / "fresh", "", model.string());
    const Scored expected = score(fresh);
    EXPECT_NE(expected.logprobs, first.logprobs);
    ServerProgram server(home, disk, model.string());
    wait_for_disk(server);
    const Scored changed = score(server);
    EXPECT_EQ(changed.num_cached, 0) << "other weights";
    EXPECT_EQ(changed.logprobs, expected.logprobs);
  }
}

}  // namespace
}  // namespace hearth::cli
