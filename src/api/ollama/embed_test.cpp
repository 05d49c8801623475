#include "api/ollama/embed.h"

#include "api/call/api_error.h"
#include "api/testing/api_fixture.h"

namespace hearth::api {
namespace {

using testing::json_of;

class OllamaEmbed : public testing::ApiFixture {
 protected:
  static ChoiceEvent vector(size_t choice, std::vector<float> values) {
    ChoiceEvent event = ended(choice, FinishReason::kStop, {3, 0, 0});
    event.result->embedding = std::move(values);
    return event;
  }
  static std::unique_ptr<Exchange> run(Result<OllamaEmbedding> made) {
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
    return std::move(std::get<std::unique_ptr<Exchange>>(*made));
  }
};

TEST_F(OllamaEmbed, VectorsHaveLengthOne) {
  const auto exchange = run(make_ollama_embed(json_of(R"({"model": "m", "input": ["a", "b"]})"), call));
  const auto requests = exchange->take_requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_TRUE(requests[0].vector.normalize);
  EXPECT_EQ(requests[0].task, Task::kEmbed);
  exchange->accept(vector(1, {0, 1}));
  exchange->accept(vector(0, {1, 0}));
  const Json body = *exchange->body();
  EXPECT_EQ(body["model"], "m");
  EXPECT_EQ(body["embeddings"], json_of("[[1.0, 0.0], [0.0, 1.0]]"));
  EXPECT_EQ(body["prompt_eval_count"], 6);
  EXPECT_GT(body["total_duration"], 0);
  EXPECT_GT(body["load_duration"], 0);
}

TEST_F(OllamaEmbed, TheOlderFormHasOneVectorAsItIs) {
  const auto exchange = run(make_ollama_embeddings(json_of(R"({"prompt": "a"})"), call));
  EXPECT_FALSE(exchange->take_requests()[0].vector.normalize);
  exchange->accept(vector(0, {3, 4}));
  EXPECT_EQ(*exchange->body(), json_of(R"({"embedding": [3.0, 4.0]})"));
}

TEST_F(OllamaEmbed, NothingToEmbedLoadsTheModel) {
  for (const char* body :
       {R"({"model": "m"})", R"({"model": "m", "input": ""})", R"({"model": "m", "input": []})"}) {
    EXPECT_EQ(std::get<Json>(*make_ollama_embed(json_of(body), call)),
              json_of(R"({"model": "m", "embeddings": []})"));
  }
  EXPECT_EQ(std::get<Json>(*make_ollama_embeddings(json_of(R"({"prompt": ""})"), call)),
            json_of(R"({"embedding": []})"));
}

TEST_F(OllamaEmbed, ALongTextIsCutUnlessThatIsRefused) {
  Json body = json_of(R"({"input": ["a", "a a a a a a a a a a a a a a a"], "options": {"num_ctx": 8}})");
  const auto exchange = run(make_ollama_embed(body, call));
  EXPECT_EQ(exchange->take_requests()[1].prompt.size(), 8u);
  EXPECT_EQ(exchange->notes(), std::vector<std::string>{"truncated 1 of 2 texts"});
  body["truncate"] = false;
  const auto refused = make_ollama_embed(body, call);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kContextOverflow);
  EXPECT_EQ(parameter_of(refused.error()), "input[1]");
}

TEST_F(OllamaEmbed, DimensionsBeyondTheModelsAreAll) {
  const auto dimensions = [&](int wanted) {
    Json body = {{"input", "a"}, {"dimensions", wanted}};
    return run(make_ollama_embed(body, call))->take_requests()[0].vector.dimensions;
  };
  EXPECT_EQ(dimensions(2), 2u);
  EXPECT_EQ(dimensions(4), 0u);
  EXPECT_EQ(dimensions(400), 0u);
  EXPECT_EQ(dimensions(0), 0u);
}

}  // namespace
}  // namespace hearth::api
