#include "api/openai/score.h"

#include <algorithm>
#include <utility>

#include "api/openai/relevance.h"
#include "api/prompt/completion_prompts.h"

namespace hearth::api {
namespace {

class ScoreExchange final : public ScoringExchange {
 public:
  ScoreExchange(std::vector<WholeText> texts, bool with_activation, const ApiCall& call)
      : ScoringExchange(random_id("score-"), std::move(texts), with_activation, call), created_(call.now) {}

 protected:
  Json write(const std::vector<double>& scores) const override {
    Json data = Json::array();
    for (size_t i = 0; i < scores.size(); ++i) {
      data.push_back({{"object", "score"}, {"index", i}, {"score", scores[i]}});
      if (is_cut(i)) data.back()["truncated"] = true;
    }
    return {{"id", id()},          {"object", "list"},        {"created", created_},
            {"model", model_id()}, {"data", std::move(data)}, {"usage", usage()}};
  }

 private:
  int64_t created_;
};

constexpr Schema kText = Schema::text(0);
constexpr Schema kTextForms[] = {kText, Schema::array(kText, 1, kMaxPrompts)};
constexpr Schema kTexts = Schema::either(kTextForms);

constexpr Parameter kParameters[] = {
    {.name = "text_1",
     .schema = kTexts,
     .description = "The first of each pair, or of all.",
     .required = true},
    {.name = "text_2",
     .schema = kTexts,
     .description = "The second of each pair; as many as there are first ones, unless that is one.",
     .required = true},
};

std::vector<std::string> read_texts(const Json& value) {
  if (value.is_string()) return {value.get<std::string>()};
  return value.get<std::vector<std::string>>();
}

}  // namespace

ParameterList score_parameters() {
  ParameterList list = {kModelName, kParameters};
  list.add(activation_parameters());
  list.add(truncation_parameters());
  return list;
}

Result<std::unique_ptr<Exchange>> make_score(const Json& body, const ApiCall& call) {
  auto parameters = TRY(Parameters::check(body, score_parameters(), call));
  const std::vector<std::string> first = read_texts(*parameters.find("text_1"));
  const Json& second_value = *parameters.find("text_2");
  const std::vector<std::string> second = read_texts(second_value);
  const size_t max_tokens = TRY(read_truncation(parameters, *call.model));
  const bool with_activation = read_activation(parameters, *call.model);
  parameters.finish();
  if (first.size() != 1 && first.size() != second.size()) {
    return fail_hint(ErrorCode::kInvalidArgument, "give as many of both, or one first text",
                     "text_2: has {} texts beside {} in text_1", second.size(), first.size());
  }
  std::vector<WholeText> texts;
  for (size_t i = 0; i < second.size(); ++i) {
    std::string path = second_value.is_array() ? fmt::format("text_2[{}]", i) : std::string("text_2");
    texts.push_back(
        TRY(scored_text(first[first.size() == 1 ? 0 : i], second[i], std::move(path), max_tokens, call)));
  }
  return std::make_unique<ScoreExchange>(std::move(texts), with_activation, call);
}

}  // namespace hearth::api
