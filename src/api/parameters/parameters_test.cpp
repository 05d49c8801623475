#include "api/parameters/parameters.h"

#include <set>

#include <gtest/gtest.h>

#include "api/anthropic/messages.h"
#include "api/openai/chat.h"
#include "api/openai/completions.h"
#include "api/openai/embeddings.h"
#include "api/openai/responses.h"
#include "api/tokenize.h"

namespace hearth::api {
namespace {

constexpr Parameter kInner[] = {{"x", Schema::integer(1, 5), "", "2"}};
constexpr Parameter kSome[] = {
    {"on", Schema::boolean(), "", "true"},
    {.name = "text", .schema = Schema::text(1, 3), .required = true},
    {"inner", Schema::object(kInner)},
};

TEST(Parameters, AreGivenOrTheirDefaults) {
  const Json body = {{"text", "a"}, {"on", nullptr}, {"inner", Json::object()}};
  auto parameters = Parameters::check(body, {kSome}, 0);
  ASSERT_TRUE(parameters.has_value());
  EXPECT_TRUE(parameters->flag("on"));
  EXPECT_EQ(parameters->find("on"), nullptr);
  EXPECT_EQ(parameters->text("text"), "a");
  auto inner = parameters->object("inner");
  ASSERT_TRUE(inner.has_value());
  EXPECT_EQ(inner->integer("x"), 2);
  EXPECT_EQ(inner->path_of("x"), "inner.x");
  parameters->finish();
}

TEST(Parameters, AreReadByNoNameThatIsNotDescribedAndDescribedByNoneThatIsNotRead) {
  const Json body = {{"text", "a"}};
  auto parameters = *Parameters::check(body, {kSome}, 0);
  EXPECT_DEATH(parameters.find("surprise"), "check failed");
  EXPECT_DEATH(parameters.finish(), "check failed");
}

TEST(Parameters, OfEveryRequestHaveOneMeaningAName) {
  const ParameterList lists[] = {
      completion_parameters(),        chat_completion_parameters(), embedding_parameters(),
      response_parameters(),          tokenize_parameters(),        detokenize_parameters(),
      anthropic_message_parameters(), anthropic_count_parameters(), apply_template_parameters()};
  for (const ParameterList& list : lists) {
    std::set<std::string_view> names;
    for (const Parameter* parameter : list.all()) {
      EXPECT_TRUE(names.insert(parameter->name).second) << parameter->name;
      EXPECT_FALSE(parameter->description.empty()) << parameter->name;
      if (parameter->otherwise.empty()) continue;
      EXPECT_TRUE(check_value(parameter->schema, *parse_json(parameter->otherwise), "x", 1))
          << parameter->name;
    }
  }
}

}  // namespace
}  // namespace hearth::api
