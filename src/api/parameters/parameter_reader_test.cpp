#include "api/parameters/parameter_reader.h"

#include <gtest/gtest.h>

#include "api/call/api_error.h"

namespace hearth::api {
namespace {

ParameterReader reader_of(const Json& body) { return *ParameterReader::of(body); }

TEST(ParameterReader, TakesNullForAbsent) {
  const Json body = {{"a", nullptr}};
  auto reader = reader_of(body);
  EXPECT_EQ(reader.find("a"), nullptr);
  EXPECT_FALSE(*reader.boolean("a"));
  EXPECT_TRUE(reader.finish().has_value());
  EXPECT_FALSE(reader.require("a").has_value());
}

TEST(ParameterReader, TakesWholeNumbersInAnySpelling) {
  const Json body =
      *parse_json(R"({"a": 5, "b": 5.0, "c": -1, "d": 5.5, "e": 1e300, "f": 18446744073709551615})");
  auto reader = reader_of(body);
  EXPECT_EQ(*reader.integer("a", 0, 9), 5);
  EXPECT_EQ(*reader.integer("b", 0, 9), 5);
  EXPECT_EQ(*reader.integer("c", -1, 9), -1);
  for (const char* name : {"d", "e", "f"}) EXPECT_FALSE(reader.integer(name, INT64_MIN, INT64_MAX)) << name;
  EXPECT_FALSE(reader.integer("a", 6, 9).has_value());
}

TEST(ParameterReader, RefusesEveryOtherKindAndNamesTheParameter) {
  const Json values[] = {nullptr, true, 1, 1.5, "1", Json::array(), Json::object()};
  for (const Json& value : values) {
    const Json body = {{"x", value}};
    auto reader = reader_of(body);
    const auto number = reader.number("x", 0, 2);
    const auto text = reader.text("x");
    const auto flag = reader.boolean("x");
    EXPECT_EQ(number.has_value(), value.is_number() || value.is_null()) << value;
    EXPECT_EQ(text.has_value(), value.is_string() || value.is_null()) << value;
    EXPECT_EQ(flag.has_value(), value.is_boolean() || value.is_null()) << value;
    if (!number) EXPECT_EQ(parameter_of(number.error()), "x");
  }
}

TEST(ParameterReader, RefusesWhatNobodyReadByName) {
  const Json body = {{"a", 1}, {"user", "u"}, {"surprise", 2}};
  auto reader = reader_of(body);
  reader.find("a");
  const auto status = reader.finish();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(parameter_of(status.error()), "surprise");
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
}

TEST(ParameterReader, SaysWhatIsOfOtherRequests) {
  for (const char* name : {"tools", "functions", "mcp_servers"}) {
    const Json body = {{name, Json::object()}};
    const auto status = reader_of(body).finish();
    ASSERT_FALSE(status.has_value()) << name;
    EXPECT_EQ(status.error().code, ErrorCode::kUnsupported);
    EXPECT_EQ(parameter_of(status.error()), name);
    EXPECT_NE(status.error().message.find("tools"), std::string::npos);
  }
}

TEST(ParameterReader, QuotesNamesThatAreNoNames) {
  const Json body = {{"\x1b[31m\n", 1}};
  const auto status = reader_of(body).finish();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().message.find('\n'), std::string::npos);
  EXPECT_EQ(status.error().message.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace hearth::api
