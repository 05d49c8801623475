#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "server/access/key_store.h"
#include "server/testing/server_rig.h"
#include "store/model_store.h"

// Ollama's routes about models themselves: lists, and what changes the store, for who may change it.

namespace hearth::server {
namespace {

using nlohmann::json;
using testing::get;
using testing::post;
using testing::ReceivedResponse;
using testing::ServerRig;
using testing::TestFolder;

class HttpOllamaManage : public ::testing::Test {
 protected:
  HttpOllamaManage() {
    key = "Authorization: Bearer " + *keys->create("", {Scope::kManage}, std::nullopt, 0) + "\r\n";
    Manifest manifest;
    manifest.layers = {{std::string(media_type::kModel), *store->blobs().put("weights"), 7, {}}};
    manifest.write();
    EXPECT_TRUE(store->put(*ModelName::parse("tiny:1b"), manifest));
  }

  ServerRig::Options options() {
    ServerRig::Options options;
    options.keys = keys.get();
    options.store = store.get();
    options.transfers.pull = [this](const PullRequest& request, const OnProgress& progress,
                                    const std::stop_token& stop) { return pull(request, progress, stop); };
    return options;
  }
  Status pull(const PullRequest& request, const OnProgress& progress, const std::stop_token&) {
    ++num_pulls;
    last_insecure = request.insecure;
    if (request.name.model == "gone") return fail(ErrorCode::kNotFound, "there is no such model");
    progress({.status = "pulling manifest"});
    const BlobDigest digest = *store->blobs().put("more");
    progress({.status = "pulling", .digest = digest, .total = 4, .completed = 2});
    progress({.status = "pulling", .digest = digest, .total = 4, .completed = 4});
    return store->copy(*ModelName::parse("tiny:1b"), request.name);
  }

  static std::string request(const std::string& method, const std::string& path, const std::string& body,
                             const std::string& headers) {
    return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  TestFolder folder;
  std::unique_ptr<KeyStore> keys = *KeyStore::open(folder.path());
  std::unique_ptr<ModelStore> store = *ModelStore::open(folder.path() / "models", no_log());
  std::string key;
  std::atomic<int> num_pulls = 0;
  std::atomic<bool> last_insecure = false;
};

TEST_F(HttpOllamaManage, ChangesNeedTheRight) {
  ServerRig rig(options());
  const std::string digest = "/api/blobs/sha256:" + std::string(64, '0');
  for (const auto& [method, path] :
       std::vector<std::pair<std::string, std::string>>{{"DELETE", "/api/delete"},
                                                        {"POST", "/api/copy"},
                                                        {"POST", "/api/pull"},
                                                        {"POST", "/api/push"},
                                                        {"POST", digest},
                                                        {"HEAD", digest}}) {
    const ReceivedResponse response = rig.ask(request(method, path, method == "HEAD" ? "" : "{}", ""));
    EXPECT_EQ(response.status, 403) << method << path;
    if (method != "HEAD") EXPECT_TRUE(json::parse(response.body)["error"].is_string()) << response.body;
  }
  EXPECT_EQ(rig.ask(get("/api/tags")).status, 200);
  EXPECT_EQ(num_pulls, 0);
}

TEST_F(HttpOllamaManage, CopyAndDelete) {
  ServerRig rig(options());
  const auto copy = [&](const std::string& body) { return rig.ask(request("POST", "/api/copy", body, key)); };
  const auto remove = [&](const std::string& body) {
    return rig.ask(request("DELETE", "/api/delete", body, key));
  };
  EXPECT_EQ(copy(R"({"source": "tiny:1b", "destination": "other"})").status, 200);
  EXPECT_TRUE(store->find(*ModelName::parse("other:latest")).has_value());
  const ReceivedResponse none = copy(R"({"source": "none", "destination": "other"})");
  EXPECT_EQ(none.status, 404);
  EXPECT_EQ(json::parse(none.body)["error"], "model 'none' not found");
  for (const char* wrong :
       {R"({"source": "../etc", "destination": "other"})",
        R"({"source": "tiny:1b", "destination": "a/../../b"})", R"({"source": "tiny:1b"})"}) {
    EXPECT_EQ(copy(wrong).status, 400) << wrong;
  }
  EXPECT_EQ(remove(R"({"model": "tiny:1b"})").status, 200);
  EXPECT_EQ(remove(R"({"name": "other"})").status, 200);
  EXPECT_TRUE(store->names().empty());
  EXPECT_TRUE(store->blobs().list().empty());
  EXPECT_EQ(remove(R"({"model": "tiny:1b"})").status, 404);
  EXPECT_EQ(json::parse(remove("{}").body)["error"], "model is required");
  EXPECT_EQ(json::parse(remove("").body)["error"], "missing request body");
}

TEST_F(HttpOllamaManage, PullsTellHowFarTheyAre) {
  ServerRig rig(options());
  const auto pull = [&](const std::string& body) { return rig.ask(request("POST", "/api/pull", body, key)); };
  const ReceivedResponse streamed = pull(R"({"model": "new:1b", "insecure": true})");
  EXPECT_EQ(streamed.status, 200);
  EXPECT_TRUE(last_insecure);
  EXPECT_TRUE(streamed.body.starts_with("{\"status\":\"pulling manifest\"}\n")) << streamed.body;
  EXPECT_TRUE(streamed.body.ends_with("\"total\":4,\"completed\":4}\n{\"status\":\"success\"}\n"))
      << streamed.body;
  EXPECT_TRUE(store->find(*ModelName::parse("new:1b")).has_value());
  const ReceivedResponse whole = pull(R"({"model": "again:1b", "stream": false})");
  EXPECT_EQ(json::parse(whole.body), json::parse(R"({"status": "success"})"));
  EXPECT_EQ(pull(R"({"model": "gone"})").status, 404);
  EXPECT_EQ(pull(R"({"model": "http://[::1"})").status, 400);
  const ReceivedResponse push = rig.ask(request("POST", "/api/push", R"({"model": "tiny:1b"})", key));
  EXPECT_EQ(push.status, 400);
  EXPECT_NE(push.body.find("cannot push"), std::string::npos);
}

TEST_F(HttpOllamaManage, CreatesModelsOfOthersAndOfBlobs) {
  ServerRig rig(options());
  const auto create = [&](const std::string& body) {
    return rig.ask(request("POST", "/api/create", body, key));
  };
  const ReceivedResponse made = create(
      R"({"model": "mine", "from": "tiny:1b", "system": "Be brief.", "template": "{{ .Prompt }}", "license": ["MIT"],
          "parameters": {"temperature": 0.5, "stop": ["<a>"]}, "messages": [{"role": "user", "content": "Hi"}]})");
  EXPECT_EQ(made.status, 200);
  EXPECT_TRUE(made.body.ends_with("{\"status\":\"writing manifest\"}\n{\"status\":\"success\"}\n"))
      << made.body;
  const StoredModel model = *store->find(*ModelName::parse("mine"));
  EXPECT_EQ(model.system, "Be brief.");
  EXPECT_EQ(model.chat_template, "{{ .Prompt }}");
  EXPECT_EQ(json::parse(model.parameters), json::parse(R"({"temperature": 0.5, "stop": ["<a>"]})"));
  EXPECT_EQ(json::parse(model.messages)[0]["content"], "Hi");
  EXPECT_EQ(model.licenses, std::vector<std::string>{"MIT"});
  const std::string digest = store->blobs().put("more weights")->text();
  const std::string of_blob =
      R"({"model": "other", "stream": false, "files": {"model.safetensors": ")" + digest + R"("}})";
  EXPECT_EQ(json::parse(create(of_blob).body), json::parse(R"({"status": "success"})"));
  EXPECT_TRUE(store->manifest(*ModelName::parse("other")).has_value());
  // What another is made from is fetched where it is not there.
  EXPECT_EQ(create(R"({"model": "third", "from": "new:1b", "stream": false})").status, 200);
  EXPECT_EQ(num_pulls, 1);
  for (const auto& [body, status] : std::vector<std::pair<std::string, int>>{
           {R"({"model": "x"})", 400},
           {R"({"model": "x", "from": "gone", "stream": false})", 404},
           {R"({"model": "x", "from": "/etc/passwd"})", 400},
           {R"({"model": "x", "from": "tiny:1b", "quantize": "q4_0"})", 400},
           {R"({"model": "x", "from": "tiny:1b", "parameters": {"surprise": 1}})", 400},
           {R"({"model": "x", "files": {"a": "sha256:../../etc"}})", 400},
           {R"({"model": "x", "stream": false, "files": {"a": "sha256:)" + std::string(64, '0') + R"("}})",
            404}}) {
    EXPECT_EQ(create(body).status, status) << body;
  }
}

TEST_F(HttpOllamaManage, BlobsAreWhatTheirNamesSay) {
  ServerRig rig(options());
  Sha256 hash;
  const std::string content = "some bytes \x01\xff";
  hash.update(std::as_bytes(std::span(content)));
  const std::string path = "/api/blobs/" + BlobDigest(hash.finish()).text();
  const auto ask = [&](const std::string& method, const std::string& where, const std::string& body) {
    return rig.ask(request(method, where, body, key + "Content-Type: application/octet-stream\r\n")).status;
  };
  EXPECT_EQ(ask("HEAD", path, ""), 404);
  EXPECT_EQ(ask("POST", path, "other bytes"), 400);
  EXPECT_EQ(ask("HEAD", path, ""), 404);
  EXPECT_EQ(ask("POST", path, content), 201);
  EXPECT_EQ(ask("HEAD", path, ""), 200);
  EXPECT_EQ(ask("HEAD", "/api/blobs/sha256:..%2f..%2fetc", ""), 400);
}

TEST_F(HttpOllamaManage, WithoutAStoreNothingIsChanged) {
  ServerRig::Options bare = options();
  bare.store = nullptr;
  ServerRig rig(bare);
  const ReceivedResponse response = rig.ask(request("POST", "/api/pull", R"({"model": "new:1b"})", key));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(json::parse(response.body)["error"], "this server keeps no models");
}

TEST_F(HttpOllamaManage, ListsWhatIsServed) {
  ServerRig rig(options());
  const json tags = json::parse(rig.ask(get("/api/tags")).body)["models"];
  ASSERT_EQ(tags.size(), 1u);
  EXPECT_EQ(tags[0]["name"], "letters");
  EXPECT_EQ(tags[0]["digest"].get<std::string>().size(), 64u);
  EXPECT_TRUE(tags[0]["details"]["families"].is_array());
  const json running = json::parse(rig.ask(get("/api/ps")).body)["models"];
  ASSERT_EQ(running.size(), 1u);
  EXPECT_EQ(running[0]["context_length"], 1000);
  EXPECT_GT(running[0]["expires_at"].get<std::string>(), "2100");
  EXPECT_EQ(json::parse(rig.ask(post("/api/show", R"({"model": "none"})")).body)["error"],
            "model 'none' not found");
}

}  // namespace
}  // namespace hearth::server
