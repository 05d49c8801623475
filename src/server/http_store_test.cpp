#include <atomic>
#include <mutex>
#include <optional>
#include <stdexcept>

#include "api/dialects/openai.h"
#include "server/records/audit_check.h"
#include "server/records/audit_log.h"
#include "server/records/full_disk.h"
#include "server/runs/services.h"
#include "server/testing/server_rig.h"

// What a server says where it cannot keep what it should: responses, and records of its audit log.

namespace hearth::server {
namespace {

using nlohmann::json;
using testing::ReceivedResponse;
using testing::ServerRig;

/// What a server told its log.
class Log {
 public:
  LogSink sink() {
    return [this](LogLevel, std::string_view line) {
      const std::scoped_lock lock(mutex_);
      text_.append(line).append("\n");
    };
  }
  std::string text() {
    const std::scoped_lock lock(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

struct FullStore : ::testing::Test {
  FullStore() {
    ServerRig::Options options;
    options.responses = folder.path() / "responses.sqlite";
    options.log = log.sink();
    rig.emplace(std::move(options));
    disk = *Database::open(folder.path() / "responses.sqlite", {}, no_log());
    EXPECT_TRUE(disk->run(testing::kFullDisk));
  }
  ReceivedResponse respond(const std::string& members) {
    return rig->ask(testing::post(
        "/v1/responses", R"({"input":"hello","max_output_tokens":3,"temperature":0)" + members + "}"));
  }
  ReceivedResponse get(const std::string& id) { return rig->ask(testing::get("/v1/responses/" + id)); }

  testing::TestFolder folder;
  Log log;
  std::optional<ServerRig> rig;
  std::unique_ptr<Database> disk;
};

TEST_F(FullStore, AResponseThatIsNotKeptSaysSo) {
  const ReceivedResponse response = respond("");
  ASSERT_EQ(response.status, 200) << response.body;
  const json body = json::parse(response.body);
  EXPECT_EQ(body["status"], "incomplete");
  EXPECT_EQ(body["store"], false);
  const auto id = body["id"].get<std::string>();
  EXPECT_EQ(get(id).status, 404);
  EXPECT_NE(log.text().find(id), std::string::npos) << log.text();
  EXPECT_NE(log.text().find("full"), std::string::npos) << log.text();
  const std::string figures = rig->ask(testing::get("/metrics")).body;
  EXPECT_NE(figures.find("\nhearth_responses_unkept_total{model_name=\"letters\"} 1\n"), std::string::npos);
  const ReceivedResponse next = respond(R"(,"previous_response_id":")" + id + '"');
  EXPECT_EQ(next.status, 404) << next.body;
  EXPECT_NE(next.body.find("not been kept"), std::string::npos) << next.body;

  ASSERT_TRUE(disk->run(testing::kRoomAgain));
  const json again = json::parse(respond("").body);
  EXPECT_EQ(again["store"], true);
  EXPECT_EQ(get(again["id"].get<std::string>()).status, 200);
}

TEST_F(FullStore, AStreamThatIsNotKeptSaysSoAtItsEnd) {
  const ReceivedResponse response = respond(R"(,"stream":true)");
  const size_t last = response.body.rfind("data: ");
  ASSERT_NE(last, std::string::npos) << response.body;
  const json event = json::parse(response.body.substr(last + 6));
  EXPECT_EQ(event["type"], "response.incomplete");
  EXPECT_EQ(event["response"]["store"], false);
}

TEST_F(FullStore, OneOfTheBackgroundCanStillBeFetched) {
  const json queued = json::parse(respond(R"(,"background":true)").body);
  const auto id = queued["id"].get<std::string>();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  json body;
  do {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    const ReceivedResponse response = get(id);
    ASSERT_EQ(response.status, 200);
    body = json::parse(response.body);
  } while (body["status"] == "queued" || body["status"] == "in_progress");
  EXPECT_EQ(body["store"], false);
  EXPECT_FALSE(body["output"].empty());
}

TEST_F(FullStore, WithoutStoreThereIsNothingToSay) {
  EXPECT_EQ(json::parse(respond(R"(,"store":false)").body)["store"], false);
  EXPECT_EQ(log.text(), "");
}

TEST_F(FullStore, ADamagedStoreIsTheServersFault) {
  ASSERT_TRUE(disk->run("DROP TABLE responses"));
  const ReceivedResponse response = get("resp_1");
  EXPECT_EQ(response.status, 500) << response.body;
  EXPECT_NE(log.text().find("responses.sqlite"), std::string::npos) << log.text();
  EXPECT_EQ(response.body.find("sqlite"), std::string::npos) << "a client learns nothing of files";
}

TEST(FullDisk, AStoreThatFailsIsSeenFromOutsideAndMendsItself) {
  const testing::TestFolder folder;
  ServerRig::Options options;
  options.responses = folder.path() / "responses.sqlite";
  ServerRig rig(std::move(options));
  const std::string respond = testing::post("/v1/responses", R"({"input":"hello","max_output_tokens":3})");
  const auto health = [&] {
    const ReceivedResponse response = rig.ask(testing::get("/health"));
    EXPECT_EQ(response.status, 200);
    return response.body;
  };
  EXPECT_EQ(json::parse(rig.ask(respond).body)["store"], true);
  EXPECT_EQ(health(), R"({"status":"ok"})");
  {
    const testing::FileSizeLimit full(0);
    EXPECT_EQ(json::parse(rig.ask(respond).body)["store"], false);
    EXPECT_EQ(health(), R"({"status":"ok","responses":{"state":"failing"}})");
    EXPECT_EQ(rig.metric("hearth_responses_failing"), 1);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (health() != R"({"status":"ok"})") ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  EXPECT_EQ(rig.metric("hearth_responses_failing"), 0);
  EXPECT_EQ(json::parse(rig.ask(respond).body)["store"], true);
}

/// A response that cannot be written, for a reason that is not for its client.
class Broken final : public api::Exchange {
 public:
  explicit Broken(bool streams) : streams_(streams) {}
  const std::string& id() const override { return id_; }
  bool streams() const override { return streams_; }
  const api::Dialect& dialect() const override { return *api::dialect_openai(); }
  std::vector<GenerateRequest> take_requests() override {
    std::vector<GenerateRequest> requests(1);
    requests[0].prompt = std::vector<TokenId>{1, 2};
    requests[0].max_tokens = 2;
    return requests;
  }
  std::vector<api::StreamFrame> accept(const api::ChoiceEvent&) override {
    throw std::runtime_error("at /secret/path");
  }
  Result<api::Json> body() override { return api::Json::object(); }

 private:
  std::string id_ = "response_7";
  bool streams_;
};

Result<Outcome> broken(const HttpRequest& request, const Caller&, Services& services) {
  return ModelCall{TRY(services.model(request, {})), std::make_unique<Broken>(request.body == "stream")};
}

TEST(Faults, OfTheServersOwnAreForItsLogAlone) {
  Log log;
  ServerRig::Options options;
  options.log = log.sink();
  options.more_routes = {Route("POST", "/broken", Scope::kInference, broken)};
  ServerRig rig(std::move(options));
  for (const char* kind : {"whole", "stream"}) {
    const ReceivedResponse response = rig.ask(testing::post("/broken", kind));
    EXPECT_EQ(response.body.find("secret"), std::string::npos) << response.body;
    EXPECT_NE(response.body.find("the server failed on this request ("), std::string::npos) << response.body;
    EXPECT_NE(response.body.find("internal_error"), std::string::npos) << response.body;
  }
  EXPECT_NE(log.text().find("response_7: the response could not be written: at /secret/path"),
            std::string::npos)
      << log.text();
}

struct FullAudit : ::testing::TestWithParam<AuditPolicy> {
  FullAudit() {
    ServerRig::Options options;
    options.server.audit_policy = GetParam();
    options.audit = audit.get();
    options.log = log.sink();
    rig.emplace(std::move(options));
  }
  int complete() {
    return rig->ask(testing::post("/v1/completions", ServerRig::completion(2, false))).status;
  }
  json health() {
    const ReceivedResponse response = rig->ask(testing::get("/health"));
    json body = json::parse(response.body);
    EXPECT_EQ(response.status, body["status"] == "ok" ? 200 : 503) << response.body;
    return body;
  }
  void wait_for_state(const char* state) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (health()["audit"]["state"] != state) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
  std::string figures() { return rig->ask(testing::get("/metrics")).body; }

  testing::TestFolder folder;
  std::filesystem::path path = folder.path() / "audit.log";
  std::unique_ptr<AuditLog> audit = *AuditLog::open(path);
  Log log;
  std::optional<ServerRig> rig;
};

TEST_P(FullAudit, IsSaidAndMendsItself) {
  const bool refuses = GetParam() == AuditPolicy::kRefuse;
  EXPECT_EQ(complete(), 200);
  EXPECT_EQ(health()["audit"]["policy"], refuses ? "refuse" : "continue");
  EXPECT_EQ(health()["audit"]["state"], "ok");
  {
    std::optional<testing::FileSizeLimit> full(std::in_place, std::filesystem::file_size(path) + 20);
    EXPECT_EQ(complete(), 200) << "it was let in before";
    wait_for_state("failing");
    EXPECT_EQ(health()["status"], refuses ? "refusing" : "ok");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(complete(), refuses ? 503 : 200);
    EXPECT_NE(figures().find("\nhearth_audit_failing{model_name=\"letters\"} 1\n"), std::string::npos);
  }
  wait_for_state("ok");
  EXPECT_EQ(health()["status"], "ok");
  EXPECT_EQ(complete(), 200);
  EXPECT_NE(log.text().find("audit.log"), std::string::npos) << log.text();
  rig.reset();
  const auto summary = verify_audit_log(path);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->num_missing, 0u);
  // Three completions, or six, one reading of the figures, one record of the gap.
  EXPECT_EQ(summary->num_records, refuses ? 5u : 8u);
}

INSTANTIATE_TEST_SUITE_P(Policies, FullAudit, ::testing::Values(AuditPolicy::kRefuse, AuditPolicy::kContinue),
                         [](const auto& test) {
                           return test.param == AuditPolicy::kRefuse ? "refuse" : "go_on";
                         });

}  // namespace
}  // namespace hearth::server
