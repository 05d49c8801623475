#include <set>

#include <gtest/gtest.h>

#include "api/call/dialect_table.h"
#include "api/dialects/anthropic.h"
#include "api/dialects/openai.h"

namespace hearth::api {
namespace {

const Dialect* named(std::string_view name) {
  for (const Dialect* dialect : all_dialects()) {
    if (dialect->name == name) return dialect;
  }
  return nullptr;
}

TEST(Dialects, AreWholeAndHaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const Dialect* dialect : all_dialects()) {
    EXPECT_TRUE(names.insert(dialect->name).second) << dialect->name;
    EXPECT_FALSE(dialect->paths.empty()) << dialect->name;
    ASSERT_NE(dialect->framing, nullptr) << dialect->name;
    for (const int status : {400, 401, 403, 404, 405, 413, 429, 500, 503}) {
      const Json body = dialect->error_body({.status = status, .code = "code", .message = "why"}, "req_1");
      EXPECT_NE(dump_json(body).find("\"why\""), std::string::npos) << dialect->name;
      EXPECT_GE(dialect->error_status(status), 400) << dialect->name;
      const StreamFrame frame = error_frame(*dialect, {.status = status, .code = "code", .message = "why"});
      EXPECT_NE(frame.data.find("\"why\""), std::string::npos) << dialect->name;
      EXPECT_EQ(frame.data.find("req_1"), std::string::npos) << dialect->name;
    }
  }
  EXPECT_NE(named("openai"), nullptr);
  EXPECT_EQ(named("anthropic"), dialect_anthropic());
}

TEST(Dialects, OpenAiTellsMessageTypeParameterAndCode) {
  const auto body = [](const Error& error) {
    return dialect_openai()->error_body(api_error(error), "req_1")["error"];
  };
  const Json told = body({ErrorCode::kInvalidArgument, "top_k: must be smaller", "try 5"});
  EXPECT_EQ(dump_json(told),
            R"json({"message":"top_k: must be smaller (try 5)","type":"invalid_request_error",)json"
            R"("param":"top_k","code":"invalid_value"})");
  EXPECT_EQ(body({ErrorCode::kContextOverflow, "the prompt", ""})["code"], "context_length_exceeded");
  EXPECT_TRUE(body({ErrorCode::kInternal, "x", ""})["param"].is_null());
  EXPECT_EQ(dialect_openai()->error_status(503), 503);
}

TEST(Dialects, AnthropicTellsTypeAndRequest) {
  const ApiError error = api_error({ErrorCode::kOverloaded, "too much", "wait"});
  const std::string told =
      R"json({"type":"error","error":{"type":"overloaded_error","message":"too much (wait)"})json";
  EXPECT_EQ(dump_json(dialect_anthropic()->error_body(error, "req_1")), told + R"(,"request_id":"req_1"})");
  EXPECT_EQ(dialect_anthropic()->error_status(503), 529);
  const StreamFrame frame = error_frame(*dialect_anthropic(), error);
  EXPECT_EQ(frame.event, "error");
  EXPECT_EQ(frame.data, told + "}");
}

TEST(Dialects, TellWhatIsLeftOfRateLimits) {
  const RateLimitState::Limit requests = {.per_minute = 90, .remaining = 12.7, .reset_s = 51.2};
  const RateLimitState::Limit tokens = {.per_minute = 40'000, .remaining = -5, .reset_s = 60.0};
  const RateLimitState both = {.requests = requests, .tokens = tokens, .now = 1'000'000'000};
  EXPECT_EQ(dialect_openai()->rate_limit_headers(both), (HeaderList{{"x-ratelimit-limit-requests", "90"},
                                                                    {"x-ratelimit-remaining-requests", "12"},
                                                                    {"x-ratelimit-reset-requests", "52s"},
                                                                    {"x-ratelimit-limit-tokens", "40000"},
                                                                    {"x-ratelimit-remaining-tokens", "0"},
                                                                    {"x-ratelimit-reset-tokens", "1m0s"}}));
  EXPECT_EQ(dialect_anthropic()->rate_limit_headers({.tokens = tokens, .now = 1'000'000'000}),
            (HeaderList{{"anthropic-ratelimit-tokens-limit", "40000"},
                        {"anthropic-ratelimit-tokens-remaining", "0"},
                        {"anthropic-ratelimit-tokens-reset", "2001-09-09T01:47:40Z"}}));
  for (const Dialect* dialect : all_dialects()) EXPECT_TRUE(dialect->rate_limit_headers({}).empty());
}

TEST(Dialects, OllamaTellsTheMessageAlone) {
  ASSERT_NE(named("ollama"), nullptr);
  const ApiError error = {.code = "no_such", .message = "no"};
  EXPECT_EQ(dump_json(named("ollama")->error_body(error, "req_1")), R"({"error":"no"})");
}

TEST(DialectTable, FindsTheDialectOfAPath) {
  const DialectTable table(all_dialects());
  const auto name = [&](std::vector<std::string> segments) { return table.of_path(segments).name; };
  EXPECT_EQ(name({}), "openai");
  EXPECT_EQ(name({""}), "openai");
  EXPECT_EQ(name({"v1"}), "openai");
  EXPECT_EQ(name({"v1", "messages"}), "anthropic");
  EXPECT_EQ(name({"v1", "messages", "batches", "1"}), "anthropic");
  EXPECT_EQ(name({"v1", "messages2"}), "openai");
  EXPECT_EQ(name({"messages"}), "openai");
  EXPECT_EQ(name({"api"}), "ollama");
  EXPECT_EQ(name({"api", "chat"}), "ollama");
}

TEST(DialectTable, FindsTheDialectOfAHeader) {
  const DialectTable table(all_dialects());
  EXPECT_EQ(table.marked_by([](std::string_view) { return std::nullopt; }), nullptr);
  EXPECT_EQ(table.marked_by([](std::string_view name) {
    return name == "anthropic-version" ? std::optional<std::string_view>("") : std::nullopt;
  }),
            dialect_anthropic());
}

TEST(DialectTable, WantsOneDialectForAllOtherPaths) {
  EXPECT_DEATH(DialectTable({dialect_anthropic()}), "");
  EXPECT_DEATH(DialectTable({dialect_openai(), dialect_openai()}), "");
}

TEST(StreamFraming, WritesEventsAndLines) {
  EXPECT_EQ(kNamedEvents.write({"ping", "{}"}), "event: ping\ndata: {}\n\n");
  EXPECT_EQ(kDataEvents.write({"", "a\nb"}), "data: a\ndata: b\n\n");
  EXPECT_EQ(kDataEvents.write_id(7) + kDataEvents.write({"", "a"}), "id: 7\ndata: a\n\n");
  EXPECT_EQ(kJsonLines.write({"error", R"({"a":1})"}), "{\"a\":1}\n");
}

TEST(StreamFraming, FillersAreNoFrames) {
  // A line of JSON may begin with blanks.
  EXPECT_TRUE(Json::accept(std::string(kJsonLines.filler) + R"({"a":1})"));
  EXPECT_TRUE(kNamedEvents.filler.starts_with(':') && !kNamedEvents.filler.ends_with("\n\n"));
}

}  // namespace
}  // namespace hearth::api
