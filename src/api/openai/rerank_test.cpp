#include "api/openai/rerank.h"

#include <cmath>

#include "api/call/api_error.h"
#include "api/call/model_task.h"
#include "api/openai/relevance.h"
#include "api/openai/score.h"
#include "api/testing/api_fixture.h"

namespace hearth::api {
namespace {

using testing::json_of;

double sigmoid(double value) { return 1.0 / (1.0 + std::exp(-value)); }

class RerankTest : public testing::ApiFixture {
 protected:
  static ChoiceEvent scored(size_t choice, std::vector<float> scores) {
    ChoiceEvent event = ended(choice, FinishReason::kStop, {5, 0, 0});
    event.result->scores = std::move(scores);
    return event;
  }
  /// The body, where each text's score is that of its number.
  static Json body_of(const std::unique_ptr<Exchange>& exchange, const std::vector<float>& scores) {
    EXPECT_EQ(exchange->take_requests().size(), scores.size());
    for (size_t i = scores.size(); i-- > 0;) exchange->accept(scored(i, {scores[i]}));
    return *exchange->body();
  }
  Error rerank_error(std::string_view body) {
    auto made = make_rerank(json_of(body), call);
    EXPECT_FALSE(made.has_value()) << body;
    return made ? Error{} : made.error();
  }
  Error score_error(std::string_view body) {
    auto made = make_score(json_of(body), call);
    EXPECT_FALSE(made.has_value()) << body;
    return made ? Error{} : made.error();
  }
};

TEST_F(RerankTest, SortsDocumentsByRelevance) {
  const auto exchange = *make_rerank(
      json_of(R"({"query": "q", "documents": ["one", {"text": "two"}, "three", "four"], "model": "tiny"})"),
      call);
  const Json body = body_of(exchange, {-1.0f, 2.0f, 0.5f, 2.0f});
  ASSERT_EQ(body["results"].size(), 4u);
  const size_t order[] = {1, 3, 2, 0};
  const char* texts[] = {"two", "four", "three", "one"};
  const double scores[] = {2.0, 2.0, 0.5, -1.0};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(body["results"][i]["index"], order[i]);
    EXPECT_EQ(body["results"][i]["document"]["text"], texts[i]);
    EXPECT_DOUBLE_EQ(body["results"][i]["relevance_score"], sigmoid(scores[i]));
  }
  EXPECT_EQ(body["usage"]["prompt_tokens"], 20);
  EXPECT_EQ(body["usage"]["total_tokens"], 20);
  EXPECT_EQ(body["model"], "tiny");
  EXPECT_TRUE(body["id"].get<std::string>().starts_with("rerank-"));
}

TEST_F(RerankTest, GivesTheBestAloneWhereAsked) {
  const auto exchange = *make_rerank(
      json_of(R"({"query": "q", "documents": ["a", "b", "c"], "top_n": 1, "return_documents": false,
                  "raw_scores": true})"),
      call);
  const Json body = body_of(exchange, {-1.0f, 2.5f, 0.5f});
  EXPECT_EQ(body["results"], json_of(R"([{"index": 1, "relevance_score": 2.5}])"));
  const auto more = *make_rerank(json_of(R"({"query": "q", "documents": ["a"], "top_n": 9})"), call);
  EXPECT_EQ(body_of(more, {1.0f})["results"].size(), 1u);
}

TEST_F(RerankTest, AsksByTheModelsOwnForm) {
  const auto exchange = *make_rerank(json_of(R"({"query": "q", "documents": ["d"]})"), call);
  const auto requests = exchange->take_requests();
  EXPECT_EQ(requests[0].task, Task::kScore);
  EXPECT_EQ(requests[0].prompt.tokens(), encode("Query: q\nDocument: d\n"));
  EXPECT_TRUE(requests[0].token_types.empty());
  model.rerank_template.clear();
  EXPECT_EQ(rerank_error(R"({"query": "q", "documents": ["d"]})").code, ErrorCode::kUnsupported);
}

TEST_F(RerankTest, RefusesByName) {
  EXPECT_EQ(parameter_of(rerank_error(R"({"documents": ["d"]})")), "query");
  EXPECT_EQ(parameter_of(rerank_error(R"({"query": "q"})")), "documents");
  EXPECT_EQ(parameter_of(rerank_error(R"({"query": "q", "documents": []})")), "documents");
  EXPECT_EQ(parameter_of(rerank_error(R"({"query": "q", "documents": ["a", 5]})")), "documents[1]");
  EXPECT_EQ(parameter_of(rerank_error(R"({"query": "q", "documents": [{"body": "a"}]})")),
            "documents[0].text");
  EXPECT_EQ(parameter_of(rerank_error(R"({"query": "q", "documents": [{"text": "a", "body": "b"}]})")),
            "documents[0].body");
  EXPECT_EQ(parameter_of(rerank_error(R"({"query": "q", "documents": ["a"], "top_n": -1})")), "top_n");
  model.context = encode("Query: q\nDocument: a\n").size() + 5;
  const std::string document(400, 'x');
  const Error error = rerank_error(fmt::format(R"({{"query": "q", "documents": ["a", "{}"]}})", document));
  EXPECT_EQ(error.code, ErrorCode::kContextOverflow);
  EXPECT_EQ(parameter_of(error), "documents[1]");
}

TEST_F(RerankTest, CutsDocumentsOnlyWhereAskedAndSaysSo) {
  model.context = encode("Query: q\nDocument: a\n").size() + 5;
  const std::string document(400, 'x');
  const auto exchange = *make_rerank(
      json_of(fmt::format(R"({{"query": "q", "documents": ["a", "{}"], "truncate": true}})", document)),
      call);
  EXPECT_EQ(exchange->notes(), std::vector<std::string>{"truncated 1 of 2 texts"});
  const Json body = body_of(exchange, {0.0f, 1.0f});
  EXPECT_EQ(body["results"][0]["truncated"], true);
  EXPECT_FALSE(body["results"][1].contains("truncated"));
}

TEST_F(RerankTest, ScoresPairsOfTexts) {
  const auto one = *make_score(json_of(R"({"text_1": "q", "text_2": ["a", "b"]})"), call);
  Json body = body_of(one, {0.0f, 3.0f});
  EXPECT_EQ(body["data"][0]["score"], 0.5);
  EXPECT_EQ(body["data"][1]["score"], sigmoid(3.0));
  EXPECT_EQ(body["data"][1]["object"], "score");
  EXPECT_EQ(body["object"], "list");
  EXPECT_EQ(body["usage"]["total_tokens"], 10);
  const auto pairs = *make_score(json_of(R"({"text_1": ["q", "r"], "text_2": ["a", "b"]})"), call);
  EXPECT_EQ(pairs->take_requests()[1].prompt.tokens(), encode("Query: r\nDocument: b\n"));
  const auto single = *make_score(json_of(R"({"text_1": "q", "text_2": "a"})"), call);
  EXPECT_EQ(single->take_requests().size(), 1u);
  EXPECT_EQ(parameter_of(score_error(R"({"text_1": ["q", "r"], "text_2": ["a"]})")), "text_2");
  EXPECT_EQ(parameter_of(score_error(R"({"text_1": ["q", "r"], "text_2": "a"})")), "text_2");
  EXPECT_EQ(parameter_of(score_error(R"({"text_1": [], "text_2": "a"})")), "text_1");
  EXPECT_EQ(parameter_of(score_error(R"({"text_1": "q"})")), "text_2");
}

TEST_F(RerankTest, ScoresAreAsTheFilesSayUnlessAskedOtherwise) {
  const auto score = [&](const std::string& more) {
    return body_of(*make_score(json_of(R"({"text_1": "q", "text_2": "a")" + more + "}"), call),
                   {2.0f})["data"][0]["score"];
  };
  EXPECT_EQ(score(""), sigmoid(2.0));
  EXPECT_EQ(score(R"(, "use_activation": false)"), 2.0);
  model.embedding.use_activation = false;
  EXPECT_EQ(score(""), 2.0);
  EXPECT_EQ(score(R"(, "use_activation": true)"), sigmoid(2.0));
}

TEST(Relevance, OfTwoLabelsIsTheirSoftmax) {
  const float labels[] = {1.5f, -0.5f};
  const double yes = std::exp(1.5) / (std::exp(1.5) + std::exp(-0.5));
  EXPECT_NEAR(relevance(labels, 0, true), yes, 1e-12);
  EXPECT_NEAR(relevance(labels, 1, true), 1.0 - yes, 1e-12);
  EXPECT_EQ(relevance(labels, 0, false), 2.0);
  const float extreme[] = {-2000.0f};
  EXPECT_EQ(relevance(extreme, 0, true), 0.0);
}

TEST_F(RerankTest, AModelIsAskedOnlyForWhatItDoes) {
  const auto answer = [&](Task task) {
    const Status checked = check_task(model, task);
    return checked ? std::string("yes") : checked.error().message + " [" + checked.error().hint + "]";
  };
  model.scores = false;
  EXPECT_EQ(answer(Task::kGenerate), "yes");
  EXPECT_EQ(answer(Task::kEmbed), "yes");
  EXPECT_EQ(answer(Task::kScore),
            "model: 'tiny' is a model that writes text, and ranks nothing [ask POST /v1/chat/completions, or "
            "serve a "
            "reranker, such as bge-reranker or Qwen3-Reranker]");
  model.generates = false;
  EXPECT_EQ(answer(Task::kGenerate),
            "model: 'tiny' is an encoder, which gives vectors of texts, and writes no text [ask POST "
            "/v1/embeddings, "
            "or serve a model that writes text]");
  EXPECT_EQ(capabilities(model), std::vector<std::string_view>{"embedding"});
  model.scores = true;
  model.pooling = Pooling::kRank;
  EXPECT_EQ(answer(Task::kScore), "yes");
  EXPECT_EQ(answer(Task::kEmbed),
            "model: 'tiny' is a reranker, which gives scores of texts, and makes no vectors [ask POST "
            "/v1/rerank or "
            "/v1/score, or serve an embedding model]");
  EXPECT_EQ(capabilities(model), std::vector<std::string_view>{"rerank"});
  model.scores = false;
  EXPECT_EQ(
      answer(Task::kEmbed),
      "model: 'tiny' is a classifier of several labels, and makes no vectors [serve an embedding model]");
  EXPECT_TRUE(capabilities(model).empty());
}

}  // namespace
}  // namespace hearth::api
