#include <set>

#include <nlohmann/json.hpp>

#include "server/testing/server_rig.h"

// What a client sees of its own dialect: errors in its shape that help, notes, lists of models, CORS.

namespace hearth::server {
namespace {

using nlohmann::json;
using testing::get;
using testing::post;
using testing::ReceivedResponse;
using testing::ServerRig;

constexpr char kVersion[] = "anthropic-version: 2023-06-01\r\n";

std::string header_of(const ReceivedResponse& response, const std::string& name) {
  const size_t at = response.head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const size_t begin = at + name.size() + 4;
  return response.head.substr(begin, response.head.find("\r\n", begin) - begin);
}

bool is_openai(const json& body) {
  return body.contains("error") && !body.contains("type") && body["error"].contains("param") &&
         body["error"].contains("code") && body["error"]["message"].is_string();
}
bool is_anthropic(const json& body) {
  return body.value("type", "") == "error" && body["error"]["type"].is_string() &&
         body["error"]["message"].is_string() && body["request_id"].is_string();
}

struct ErrorCase {
  const char* what;
  std::string request;
  int status;
  const char* says;
};

std::vector<ErrorCase> error_cases(const std::string& headers, const std::string& route) {
  return {
      {"no such path", post("/v1" + route, "{}", headers), 404, "probably"},
      {"no version", post(route.substr(3), "{}", headers), 404, "base URL"},
      {"wrong method", get(route, headers), 405, "POST"},
      {"unknown host",
       "POST " + route + " HTTP/1.1\r\nHost: my.example:80\r\n" + headers + "Content-Length: 2\r\n\r\n{}",
       421, "--allow-host my.example"},
      {"unknown origin", post(route, "{}", headers + "Origin: https://page.example\r\n"), 403,
       "--allow-origin"},
      {"two hosts",
       "POST " + route + " HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n" + headers + "\r\n", 400,
       "more than one Host"},
      {"other version", "POST " + route + " HTTP/3.0\r\nHost: localhost\r\n" + headers + "\r\n", 505,
       "HTTP/1.1"},
      {"large head",
       "POST " + route + " HTTP/1.1\r\n" + headers + "Host: localhost\r\nX: " + std::string(40'000, 'x') +
           "\r\n\r\n",
       431, "too large"},
      {"large body",
       "POST " + route + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "Content-Length: 99999999999\r\n\r\n",
       413, "too large"},
      {"compressed", post(route, "{}", headers + "Content-Encoding: gzip\r\n"), 415, "gzip"},
      {"wrong type", post(route, "{}", headers + "Content-Type: image/png\r\n"), 415, "application/json"},
      {"no JSON", post(route, "{", headers), 400, "JSON"},
      {"unknown model", post(route, R"({"model": "gpt-4"})", headers), 404, "letters"},
      {"unknown member",
       post(route, R"({"prompt": "a", "max_tokens": 4, "surprise": 1,
                                         "messages": [{"role": "user", "content": "a"}]})",
            headers),
       400, ""},
  };
}

TEST(HttpDialect, EveryErrorHasTheShapeOfItsCaller) {
  ServerRig rig;
  for (const auto& one : error_cases("", "/v1/chat/completions")) {
    const ReceivedResponse response = rig.ask(one.request);
    EXPECT_EQ(response.status, one.status) << one.what << response.body;
    EXPECT_TRUE(is_openai(json::parse(response.body))) << one.what << response.body;
    EXPECT_NE(response.body.find(one.says), std::string::npos) << one.what << response.body;
  }
  // By the path alone, and by the header.
  for (const std::string headers : {"", kVersion}) {
    for (const auto& one : error_cases(headers, "/v1/messages")) {
      const ReceivedResponse response = rig.ask(one.request);
      EXPECT_EQ(response.status, one.status) << one.what << response.body;
      EXPECT_TRUE(is_anthropic(json::parse(response.body))) << one.what << response.body;
      EXPECT_NE(response.body.find(one.says), std::string::npos) << one.what << response.body;
    }
  }
  for (const char* path : {"/v1/models/none", "/surprise", "/a/../b"}) {
    EXPECT_TRUE(is_anthropic(json::parse(rig.ask(get(path, kVersion)).body))) << path;
    EXPECT_TRUE(is_openai(json::parse(rig.ask(get(path)).body))) << path;
  }
}

TEST(HttpDialect, SaysWhichMethodsAPathTakes) {
  ServerRig rig;
  const ReceivedResponse response = rig.ask("PUT /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header_of(response, "Allow"), "GET, HEAD, OPTIONS");
}

TEST(HttpDialect, NamesTheModelsThatThereAre) {
  ServerRig rig;
  const json error =
      json::parse(rig.ask(post("/v1/completions", R"({"model": "gpt-4", "prompt": "a"})")).body)["error"];
  EXPECT_EQ(error["code"], "model_not_found");
  EXPECT_EQ(error["param"], "model");
  EXPECT_NE(error["message"].get<std::string>().find("letters"), std::string::npos);
  EXPECT_NE(error["message"].get<std::string>().find("--alias"), std::string::npos);
  EXPECT_EQ(json::parse(rig.ask(get("/v1/responses/resp_x")).body)["error"]["code"], "not_found");
  const json previous = json::parse(
      rig.ask(post("/v1/responses", R"({"input": "a", "previous_response_id": "resp_x"})")).body)["error"];
  EXPECT_EQ(previous["code"], "previous_response_not_found");
  EXPECT_EQ(previous["param"], "previous_response_id");
}

TEST(HttpDialect, ListsModelsAsEachApiDoes) {
  ServerRig rig;
  const json openai = json::parse(rig.ask(get("/v1/models")).body);
  EXPECT_EQ(openai["object"], "list");
  EXPECT_EQ(openai["data"][0]["object"], "model");
  const json anthropic = json::parse(rig.ask(get("/v1/models", kVersion)).body);
  EXPECT_EQ(anthropic["data"][0]["type"], "model");
  EXPECT_EQ(anthropic["data"][0]["id"], "letters");
  EXPECT_EQ(anthropic["data"][0]["created_at"], "1970-01-01T00:00:01Z");
  EXPECT_EQ(anthropic["first_id"], "letters");
  EXPECT_EQ(anthropic["has_more"], false);
  const json one = json::parse(rig.ask(get("/v1/models/letters", kVersion)).body);
  EXPECT_EQ(one, anthropic["data"][0]);
  EXPECT_EQ(json::parse(rig.ask(get("/v1/models/letters")).body), openai["data"][0]);
}

TEST(HttpDialect, SendsNotesBesideEveryFormOfAResponse) {
  ServerRig rig;
  for (const char* more : {R"("stream": false)", R"("stream": true)"}) {
    const ReceivedResponse response = rig.ask(
        post("/v1/chat/completions", R"({"max_tokens": 2, "messages": [{"role": "user", "content": "a"}],
                                    "reasoning_effort": "high", )" +
                                         std::string(more) + "}"));
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(header_of(response, "Hearth-Note").starts_with("reasoning_effort: left aside"))
        << response.head;
  }
  const ReceivedResponse queued = rig.ask(
      post("/v1/responses",
           R"({"input": "a", "background": true, "max_output_tokens": 1, "reasoning": {"effort": "low"}})"));
  EXPECT_EQ(queued.status, 200);
  EXPECT_TRUE(header_of(queued, "Hearth-Note").starts_with("reasoning.effort: ")) << queued.head;
  const ReceivedResponse plain = rig.ask(post("/v1/completions", ServerRig::completion(2, false)));
  EXPECT_EQ(header_of(plain, "Hearth-Note"), "");
}

TEST(HttpDialect, LetsPagesReadEveryHeaderThatTellsSomething) {
  ServerRig rig;
  const std::string origin = "Origin: http://localhost:3000\r\n";
  const std::set<std::string> own = {"content-type", "content-length", "cache-control",
                                     // Of the connection, not of the response.
                                     "date", "connection", "transfer-encoding", "vary",
                                     "x-content-type-options", "x-accel-buffering",
                                     "content-security-policy"};
  std::set<std::string> seen;
  for (const std::string& request :
       {get("/v1/models", origin), get("/", origin + "Accept: text/html\r\n"), get("/v1/completions", origin),
        post("/v1/completions", ServerRig::completion(2, true), origin),
        post("/v1/completions", "{}", origin + "Content-Encoding: br\r\n"),
        post("/v1/completions", "{}", origin + "Content-Type: image/png\r\n"),
        post("/v1/chat/completions", R"({"max_tokens": 1, "messages": [{"role": "user", "content": "a"}],
                                         "verbosity": "low"})",
             origin)}) {
    const ReceivedResponse response = rig.ask(request);
    const std::string exposed = ", " + header_of(response, "Access-Control-Expose-Headers") + ",";
    size_t at = response.head.find("\r\n") + 2;
    while (at < response.head.size()) {
      std::string name = response.head.substr(at, response.head.find(':', at) - at);
      for (char& c : name) c = char(std::tolower(static_cast<unsigned char>(c)));
      at = response.head.find("\r\n", at) + 2;
      if (own.contains(name) || name.starts_with("access-control-")) continue;
      seen.insert(name);
      EXPECT_NE(exposed.find(", " + name + ","), std::string::npos) << name;
    }
  }
  EXPECT_TRUE(seen.contains("hearth-note") && seen.contains("x-request-id") &&
              seen.contains("hearth-stream-id"));
}

TEST(HttpDialect, TakesWhatCurlSends) {
  ServerRig rig;
  const ReceivedResponse response =
      rig.ask(post("/v1/completions", ServerRig::completion(2, false),
                   "Content-Type: application/x-www-form-urlencoded\r\nAccept: */*\r\n"));
  EXPECT_EQ(response.status, 200) << response.body;
}

}  // namespace
}  // namespace hearth::server
