#include <set>

#include <nlohmann/json.hpp>

#include "server/testing/server_rig.h"

// The document that is served describes the routes that there are, all of them and no others.

namespace hearth::server {
namespace {

using nlohmann::json;
using testing::get;
using testing::ReceivedResponse;
using testing::ServerRig;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = char(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

TEST(OpenApi, DescribesEveryRoute) {
  ServerRig rig;
  const ReceivedResponse response = rig.ask(get("/openapi.json"));
  ASSERT_EQ(response.status, 200);
  const json document = json::parse(response.body);
  EXPECT_TRUE(document["openapi"].get<std::string>().starts_with("3.1"));
  std::set<std::string> described, existing;
  for (const auto& [path, operations] : document["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) {
      if (operation.is_object() && operation.contains("responses")) described.insert(method + " " + path);
    }
  }
  for (const Route& route : all_routes()) {
    std::string path(route.path());
    if (const size_t dots = path.find("..."); dots != path.npos) path.erase(dots, 3);
    existing.insert(lower(route.method()) + " " + path);
  }
  for (const std::string& one : existing) EXPECT_TRUE(described.contains(one)) << one << " is not described";
  for (const std::string& one : described) EXPECT_TRUE(existing.contains(one)) << one << " does not exist";
}

TEST(OpenApi, HasAPageForPeople) {
  ServerRig rig;
  const ReceivedResponse page = rig.ask(get("/docs"));
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.head.find("Content-Security-Policy: default-src 'none'"), std::string::npos);
  EXPECT_NE(page.body.find("POST /v1/chat/completions"), std::string::npos);
  EXPECT_NE(page.body.find("temperature"), std::string::npos);
  EXPECT_EQ(page.body.find("<script"), std::string::npos);
}

}  // namespace
}  // namespace hearth::server
