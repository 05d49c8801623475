#include "server/http/router.h"

#include <gtest/gtest.h>

#include "api/dialects/anthropic.h"
#include "api/dialects/openai.h"
#include "server/http/target.h"

namespace hearth::server {
namespace {

Result<Outcome> nothing(const HttpRequest&, const Caller&, Services&) { return HttpResponse{}; }

Route route(std::string_view method, std::string_view path, const api::Dialect* dialect = nullptr) {
  return {method, path, Scope::kPublic, dialect, nothing};
}

Router::Match find(const Router& router, std::string_view method, std::string_view path) {
  return router.find(method, parse_target(path)->segments);
}

TEST(Router, PrefersTheMoreLiteralPath) {
  const Router router({route("GET", "/v1/{name...}"), route("GET", "/v1/models/{id...}"),
                       route("GET", "/v1/models"), route("GET", "/v1/a/{x}/end"),
                       route("GET", "/v1/a/b/{y}")});
  const auto path = [&](std::string_view target) {
    const auto match = find(router, "GET", target);
    return match.route == nullptr ? "" : match.route->path();
  };
  EXPECT_EQ(path("/v1/models"), "/v1/models");
  EXPECT_EQ(path("/v1/models/a/b:c"), "/v1/models/{id...}");
  EXPECT_EQ(path("/v1/models/"), "/v1/{name...}");
  EXPECT_EQ(path("/v1/other"), "/v1/{name...}");
  EXPECT_EQ(path("/v1/a/b/end"), "/v1/a/b/{y}");
  EXPECT_EQ(path("/v1/a/c/end"), "/v1/a/{x}/end");
  EXPECT_EQ(path("/v1"), "");
  EXPECT_EQ(find(router, "GET", "/v1/models/a/b:c").parameters.at("id"), "a/b:c");
  EXPECT_EQ(find(router, "GET", "/v1/a/c/end").parameters.at("x"), "c");
}

TEST(Router, SaysWhatAPathTakes) {
  const Router router({route("GET", "/a"), route("DELETE", "/a"), route("POST", "/b")});
  EXPECT_NE(find(router, "HEAD", "/a").route, nullptr);
  EXPECT_EQ(find(router, "POST", "/a").route, nullptr);
  EXPECT_EQ(find(router, "POST", "/a").allow, "DELETE, GET, HEAD, OPTIONS");
  EXPECT_EQ(find(router, "GET", "/b").allow, "OPTIONS, POST");
  EXPECT_EQ(find(router, "GET", "/c").allow, "");
  EXPECT_EQ(find(router, "get", "/a").route, nullptr);
}

TEST(Router, RefusesTwoRoutesForOneRequest) {
  EXPECT_DEATH(Router({route("GET", "/a/{x}"), route("GET", "/a/{y}")}), "");
}

TEST(Router, PrefersTheRouteOfTheMarkedDialect) {
  const api::Dialect *openai = api::dialect_openai(), *anthropic = api::dialect_anthropic();
  const Router router({route("GET", "/models/{id...}", anthropic), route("GET", "/models/{id...}", openai),
                       route("GET", "/chat", openai), route("GET", "/messages", anthropic),
                       route("GET", "/{x}", openai)});
  const auto dialect = [&](std::string_view path, const api::Dialect* marked) {
    return router.find("GET", parse_target(path)->segments, marked).dialect;
  };
  EXPECT_EQ(dialect("/models/a/b", nullptr), openai);
  EXPECT_EQ(dialect("/models/a/b", openai), openai);
  EXPECT_EQ(dialect("/models/a/b", anthropic), anthropic);
  EXPECT_EQ(dialect("/chat", anthropic), openai) << "where it has no route of its own";
  EXPECT_EQ(dialect("/messages", nullptr), anthropic) << "where no other has one";
  const Router literal({route("GET", "/a", openai), route("GET", "/{x}", anthropic)});
  EXPECT_EQ(literal.find("GET", {"a"}, anthropic).dialect, openai) << "the more literal path first";
  EXPECT_EQ(router.find("POST", {"chat"}).dialect, openai) << "also of a wrong method";
  EXPECT_EQ(router.find("GET", {"a", "b"}).dialect, nullptr);
}

TEST(Router, RefusesTwoRoutesOfUnmarkedDialects) {
  EXPECT_DEATH(Router({route("GET", "/a", api::dialect_openai()), route("GET", "/a")}), "");
  EXPECT_DEATH(
      Router({route("GET", "/a", api::dialect_anthropic()), route("GET", "/a", api::dialect_anthropic())}),
      "");
}

TEST(Router, EveryRouteOfTheProductIsFound) {
  const Router router(all_routes());
  EXPECT_GT(router.routes().size(), 5u);
  for (const Route& one : router.routes()) {
    std::string path(one.path());
    for (const std::string_view part : {"...", "{", "}"}) {
      if (const size_t at = path.find(part); at != path.npos) path.erase(at, part.size());
    }
    const auto match = find(router, one.method(), path);
    ASSERT_NE(match.route, nullptr) << one.path();
    EXPECT_EQ(match.route->path(), one.path());
  }
}

}  // namespace
}  // namespace hearth::server
