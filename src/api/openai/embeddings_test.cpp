#include "api/openai/embeddings.h"

#include "api/call/api_error.h"
#include "api/testing/api_fixture.h"

namespace hearth::api {
namespace {

using testing::json_of;

class EmbeddingTest : public testing::ApiFixture {
 protected:
  static ChoiceEvent vector(size_t choice, std::vector<float> values) {
    ChoiceEvent event = ended(choice, FinishReason::kLength, {3, 0, 0});
    event.result->embedding = std::move(values);
    return event;
  }
  Error error_of(std::string_view body) {
    auto made = make_embedding(json_of(body), call);
    EXPECT_FALSE(made.has_value()) << body;
    return made ? Error{} : made.error();
  }
};

TEST_F(EmbeddingTest, AnswersFloatsInTheOrderOfTheInputs) {
  const auto exchange = *make_embedding(json_of(R"({"input": ["hello", "a"], "model": "tiny"})"), call);
  const auto requests = exchange->take_requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].task, Task::kEmbed);
  EXPECT_EQ(requests[0].prompt.tokens(), encode("hello"));
  exchange->accept(vector(1, {0.5f}));
  exchange->accept(vector(0, {0.25f, -1.0f}));
  const Json body = *exchange->body();
  EXPECT_EQ(body["data"][0]["embedding"], Json({0.25, -1.0}));
  EXPECT_EQ(body["data"][1]["embedding"], Json::array({0.5}));
  EXPECT_EQ(body["data"][1]["index"], 1);
  EXPECT_EQ(body["usage"]["prompt_tokens"], 6);
}

TEST_F(EmbeddingTest, AnswersBase64) {
  const auto exchange = *make_embedding(json_of(R"({"input": [5, 6], "encoding_format": "base64"})"), call);
  EXPECT_EQ(exchange->take_requests()[0].prompt.tokens(), (std::vector<TokenId>{5, 6}));
  exchange->accept(vector(0, {1.0f}));
  EXPECT_EQ((*exchange->body())["data"][0]["embedding"], "AACAPw==");
}

TEST_F(EmbeddingTest, TakesTheDimensionsThatTheModelHas) {
  EXPECT_TRUE(make_embedding(json_of(R"({"input": "a", "dimensions": 4, "user": "u"})"), call).has_value());
  EXPECT_EQ(parameter_of(error_of(R"({"input": "a", "dimensions": 3})")), "dimensions");
  EXPECT_EQ(parameter_of(error_of(R"({"input": "a", "encoding_format": "int8"})")), "encoding_format");
  EXPECT_EQ(parameter_of(error_of(R"({"input": {}})")), "input");
  EXPECT_EQ(parameter_of(error_of(R"({})")), "input");
  EXPECT_EQ(parameter_of(error_of(R"({"input": [[]], "surprise": 1})")), "surprise");
  EXPECT_EQ(parameter_of(error_of(R"({"input": []})")), "input");
  EXPECT_EQ(parameter_of(error_of(R"({"input": ["a", ""]})")), "input[1]");
  EXPECT_EQ(parameter_of(error_of(R"({"input": [[5], []]})")), "input[1]");
}

}  // namespace
}  // namespace hearth::api
