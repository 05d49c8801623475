#include "server/http/path_hint.h"

#include <gtest/gtest.h>

#include "api/dialects/anthropic.h"
#include "api/dialects/openai.h"

namespace hearth::server {
namespace {

struct Case {
  const char* path;
  const char* meant;
  const api::Dialect* dialect = api::dialect_openai();
};

api::DialectTable dialects() { return api::DialectTable(api::all_dialects()); }

TEST(PathHint, NamesTheRouteThatWasMeant) {
  const Router router(all_routes());
  const Case cases[] = {
      {"/chat/completions", "/v1/chat/completions"},
      {"/v1/v1/chat/completions", "/v1/chat/completions"},
      {"/v1/v1/v1/models", "/v1/models"},
      {"/v1/chat/completions/", "/v1/chat/completions"},
      {"//v1/chat/completions", "/v1/chat/completions"},
      {"/v1//chat/completions", "/v1/chat/completions"},
      {"/openai/v1/chat/completions", "/v1/chat/completions"},
      {"/api/v1/models", "/v1/models"},
      {"/v1/chat/completions/chat/completions", "/v1/chat/completions"},
      {"/models", "/v1/models"},
      {"/models/org/name", "/v1/models/org/name"},
      {"/responses", "/v1/responses"},
      {"/responses/resp_1/cancel", "/v1/responses/resp_1/cancel"},
      {"/embeddings", "/v1/embeddings"},
      {"/completions", "/v1/completions"},
      {"/v1/tokenize", "/tokenize"},
      {"/v1/health", "/health"},
      {"/v1/metrics", "/metrics"},
      {"/messages", "/v1/messages", api::dialect_anthropic()},
      {"/v1/v1/messages", "/v1/messages", api::dialect_anthropic()},
      {"/anthropic/v1/messages/count_tokens", "/v1/messages/count_tokens", api::dialect_anthropic()},
  };
  for (const Case& one : cases) {
    const Target target = *parse_target(one.path);
    ASSERT_EQ(router.find("POST", target.segments).allow, "") << one.path << " is a route of its own";
    const PathHint hint = path_hint(router, dialects(), target);
    EXPECT_NE(hint.message.find(std::string("probably \"") + one.meant + "\""), std::string::npos)
        << hint.message;
    EXPECT_EQ(hint.dialect, one.dialect) << one.path;
  }
}

TEST(PathHint, SaysWhereTheBaseUrlEnds) {
  const Router router(all_routes());
  const auto message = [&](const char* path) {
    return path_hint(router, dialects(), *parse_target(path)).message;
  };
  EXPECT_NE(message("/chat/completions").find("ends in /v1, once"), std::string::npos);
  EXPECT_NE(message("/v1/v1/messages").find("ends after the port"), std::string::npos);
  EXPECT_EQ(message("/v1/tokenize").find("ends in /v1"), std::string::npos);
}

TEST(PathHint, PointsToTheListWhereNothingWasMeant) {
  const Router router(all_routes());
  for (const char* path : {"/surprise", "/v1", "/v1/", "/v1/audio/transcriptions", "/.env"}) {
    const PathHint hint = path_hint(router, dialects(), *parse_target(path));
    EXPECT_NE(hint.message.find("GET /docs"), std::string::npos) << path;
  }
  const PathHint ollama = path_hint(router, dialects(), *parse_target("/api/surprise"));
  EXPECT_EQ(ollama.dialect->name, "ollama");
  EXPECT_EQ(path_hint(router, dialects(), *parse_target("/v1/messages/batches")).dialect,
            api::dialect_anthropic());
  std::string deep = "/v1/messages";
  for (int i = 0; i < 40; ++i) deep += "/deep";
  EXPECT_EQ(path_hint(router, dialects(), *parse_target(deep)).dialect, api::dialect_anthropic());
  const std::string long_path = "/" + std::string(5000, 'a');
  EXPECT_LT(path_hint(router, dialects(), *parse_target(long_path)).message.size(), 400u);
}

}  // namespace
}  // namespace hearth::server
