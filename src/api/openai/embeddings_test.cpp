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

TEST_F(EmbeddingTest, RefusesByName) {
  EXPECT_EQ(parameter_of(error_of(R"({"input": "a", "encoding_format": "int8"})")), "encoding_format");
  EXPECT_EQ(parameter_of(error_of(R"({"input": {}})")), "input");
  EXPECT_EQ(parameter_of(error_of(R"({})")), "input");
  EXPECT_EQ(parameter_of(error_of(R"({"input": [[]], "surprise": 1})")), "surprise");
  EXPECT_EQ(parameter_of(error_of(R"({"input": []})")), "input");
  EXPECT_EQ(parameter_of(error_of(R"({"input": ["a", ""]})")), "input[1]");
  EXPECT_EQ(parameter_of(error_of(R"({"input": [[5], []]})")), "input[1]");
}

TEST_F(EmbeddingTest, CutsVectorsToTheDimensionsAskedFor) {
  const auto options_of = [&](std::string_view body) {
    return (*make_embedding(json_of(body), call))->take_requests()[0].vector;
  };
  EXPECT_EQ(options_of(R"({"input": "a"})").dimensions, 0u);
  EXPECT_EQ(options_of(R"({"input": "a", "dimensions": 3, "user": "u"})").dimensions, 3u);
  EXPECT_EQ(options_of(R"({"input": "a", "dimensions": 4})").dimensions, 4u);
  const Error error = error_of(R"({"input": "a", "dimensions": 5})");
  EXPECT_EQ(error.message, "dimensions: is 5, but the model's vectors have 4");
  EXPECT_EQ(parameter_of(error_of(R"({"input": "a", "dimensions": 0})")), "dimensions");
}

TEST_F(EmbeddingTest, PoolsAndNormalizesAsTheFilesSay) {
  const auto options_of = [&](std::string_view body) {
    return (*make_embedding(json_of(body), call))->take_requests()[0].vector;
  };
  EXPECT_EQ(options_of(R"({"input": "a"})"), (VectorOptions{.pooling = Pooling::kMean}));
  EXPECT_FALSE(options_of(R"({"input": "a", "normalize": false})").normalize);
  model.pooling = Pooling::kCls;
  model.embedding.normalize = false;
  EXPECT_EQ(options_of(R"({"input": "a"})"), (VectorOptions{.pooling = Pooling::kCls, .normalize = false}));
  EXPECT_TRUE(options_of(R"({"input": "a", "normalize": true})").normalize);
}

TEST_F(EmbeddingTest, APromptStandsInFrontOfTexts) {
  model.embedding.prompts = {{"query", "query: "}, {"passage", "passage: "}};
  const auto tokens_of = [&](std::string_view body) {
    return (*make_embedding(json_of(body), call))->take_requests()[0].prompt.tokens();
  };
  EXPECT_EQ(tokens_of(R"({"input": "hello"})"), encode("hello"));
  EXPECT_EQ(tokens_of(R"({"input": "hello", "prompt_name": "query"})"), encode("query: hello"));
  EXPECT_EQ(tokens_of(R"({"input": [5, 6], "prompt_name": "query"})"), (std::vector<TokenId>{5, 6}));
  model.embedding.default_prompt = "passage";
  EXPECT_EQ(tokens_of(R"({"input": "hello"})"), encode("passage: hello"));
  const Error error = error_of(R"({"input": "a", "prompt_name": "other"})");
  EXPECT_EQ(parameter_of(error), "prompt_name");
  EXPECT_EQ(error.hint, "it has query, passage");
}

TEST_F(EmbeddingTest, RefusesWhatIsTooLongWithBothNumbers) {
  model.context = 3;
  const Error error = error_of(R"({"input": ["a", "hello hello hello hello"]})");
  EXPECT_EQ(error.code, ErrorCode::kContextOverflow);
  EXPECT_EQ(error.message, fmt::format("input[1]: has {} tokens, but the model reads 3 at most",
                                       encode("hello hello hello hello").size()));
  EXPECT_EQ(parameter_of(error_of(R"({"input": [1, 2, 3, 4]})")), "input");
  EXPECT_EQ(parameter_of(error_of(R"({"input": "a", "truncate_prompt_tokens": 4})")),
            "truncate_prompt_tokens");
}

TEST_F(EmbeddingTest, CutsWhatIsTooLongOnlyWhereAskedAndSaysSo) {
  model.context = 3;
  for (const char* how :
       {R"("truncate": true)", R"("truncate_prompt_tokens": -1)", R"("truncate_prompt_tokens": 3)"}) {
    const std::string body = fmt::format(R"({{"input": ["a", "hello hello hello hello"], {}}})", how);
    const auto exchange = *make_embedding(json_of(body), call);
    const auto requests = exchange->take_requests();
    std::vector<TokenId> whole = encode("hello hello hello hello");
    whole.resize(3);
    EXPECT_EQ(requests[1].prompt.tokens(), whole);
    EXPECT_EQ(exchange->notes(), std::vector<std::string>{"truncated 1 of 2 texts"});
    exchange->accept(vector(0, {1.0f}));
    exchange->accept(vector(1, {1.0f}));
    const Json data = (*exchange->body())["data"];
    EXPECT_FALSE(data[0].contains("truncated"));
    EXPECT_EQ(data[1]["truncated"], true);
  }
  const auto short_one = *make_embedding(json_of(R"({"input": "a", "truncate": true})"), call);
  EXPECT_TRUE(short_one->notes().empty());
  const auto ids = *make_embedding(json_of(R"({"input": [1, 2, 3, 4, 5], "truncate": true})"), call);
  EXPECT_EQ(ids->take_requests()[0].prompt.tokens(), (std::vector<TokenId>{1, 2, 3}));
  EXPECT_FALSE(ids->notes().empty());
}

}  // namespace
}  // namespace hearth::api
