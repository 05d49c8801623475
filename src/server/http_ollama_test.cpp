#include <nlohmann/json.hpp>

#include "server/testing/server_rig.h"

// Ollama's routes over a socket: what clients see before, while and after the model runs.

namespace hearth::server {
namespace {

using nlohmann::json;
using testing::get;
using testing::post;
using testing::ReceivedResponse;
using testing::ServerRig;

constexpr char kChat[] = R"({"model": "letters", "messages": [{"role": "user", "content": "abc"}])";
constexpr char kFew[] = R"(, "options": {"num_predict": 5, "ignore_eos": true, "seed": 7}})";

std::vector<json> lines_of(const std::string& body) {
  std::vector<json> lines;
  for (size_t at = 0; at < body.size();) {
    const size_t end = body.find('\n', at);
    if (end == body.npos) {
      ADD_FAILURE() << "a line has no end: " << body.substr(at);
      break;
    }
    lines.push_back(json::parse(body.substr(at, end - at)));
    at = end + 1;
  }
  return lines;
}

TEST(HttpOllama, AStreamIsLinesOfJsonAndTheDefault) {
  ServerRig rig;
  const ReceivedResponse streamed = rig.ask(post("/api/chat", std::string(kChat) + kFew));
  EXPECT_EQ(streamed.status, 200);
  EXPECT_NE(streamed.head.find("Content-Type: application/x-ndjson\r\n"), std::string::npos) << streamed.head;
  const std::vector<json> lines = lines_of(streamed.body);
  ASSERT_GE(lines.size(), 2u);
  std::string text;
  for (const json& line : lines) {
    EXPECT_EQ(line["model"], "letters");
    EXPECT_EQ(line["done"], &line == &lines.back());
    text += line["message"]["content"].get<std::string>();
  }
  EXPECT_EQ(lines.back()["done_reason"], "length");
  EXPECT_EQ(lines.back()["eval_count"], 5);
  const ReceivedResponse whole =
      rig.ask(post("/api/chat", std::string(kChat) + R"(, "stream": false)" + kFew));
  EXPECT_NE(whole.head.find("Content-Type: application/json"), std::string::npos);
  EXPECT_EQ(json::parse(whole.body)["message"]["content"], text);
}

TEST(HttpOllama, ErrorsAreATextWithOllamasStatus) {
  ServerRig rig;
  const auto error = [&](const std::string& path, const std::string& body, int status) {
    const ReceivedResponse response = rig.ask(post(path, body));
    EXPECT_EQ(response.status, status) << path << body << response.body;
    return json::parse(response.body)["error"].get<std::string>();
  };
  for (const char* path : {"/api/chat", "/api/generate", "/api/embed", "/api/embeddings"}) {
    EXPECT_EQ(error(path, R"({"model": "none"})", 404), "model 'none' not found");
    EXPECT_EQ(error(path, "{}", 400), "model is required");
    EXPECT_EQ(error(path, "", 400), "missing request body");
    EXPECT_NE(error(path, "{", 400).find("JSON"), std::string::npos);
  }
  EXPECT_NE(error("/api/chat", std::string(kChat) + R"(, "options": {"num_ctx": -3}})", 400)
                .find("options.num_ctx"),
            std::string::npos);
}

TEST(HttpOllama, AnEmptyRequestLoads) {
  ServerRig rig;
  for (const char* path : {"/api/chat", "/api/generate"}) {
    const json body = json::parse(rig.ask(post(path, R"({"model": "letters"})")).body);
    EXPECT_EQ(body["done"], true) << path;
    EXPECT_EQ(body["done_reason"], "load") << path;
    EXPECT_EQ(rig.ask(post(path, R"({"model": "letters", "keep_alive": "soon"})")).status, 400);
  }
}

TEST(HttpOllama, SaysThatItIsThere) {
  ServerRig rig;
  EXPECT_EQ(rig.ask(get("/")).body, "Ollama is running");
  EXPECT_EQ(rig.ask("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 200);
  EXPECT_EQ(rig.ask(get("/", "Accept: text/html\r\n")).status, 302);
  EXPECT_FALSE(json::parse(rig.ask(get("/api/version")).body)["version"].get<std::string>().empty());
  const ReceivedResponse none = rig.ask(get("/api/none"));
  EXPECT_EQ(none.status, 404);
  EXPECT_TRUE(json::parse(none.body)["error"].is_string());
}

TEST(HttpOllama, AModelForOtherThingsSaysSo) {
  ServerRig rig({.encoder_labels = 0});
  EXPECT_EQ(json::parse(rig.ask(post("/api/chat", std::string(kChat) + "}")).body)["error"],
            "\"letters\" does not support chat");
  const json body =
      json::parse(rig.ask(post("/api/embed", R"({"model": "letters", "input": ["ab", "c"]})")).body);
  EXPECT_EQ(body["embeddings"].size(), 2u);
  EXPECT_EQ(body["embeddings"][0].size(), 8u);
}

}  // namespace
}  // namespace hearth::server
