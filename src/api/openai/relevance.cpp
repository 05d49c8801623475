#include "api/openai/relevance.h"

#include <cmath>
#include <utility>

#include "api/dialects/openai.h"
#include "base/check.h"

namespace hearth::api {
namespace {

constexpr Parameter kActivation[] = {
    {"use_activation", Schema::boolean(),
     "Scores from 0 to 1, by the sigmoid; false: as the model's head gives them. By default as the model's "
     "files say."},
    {"raw_scores", Schema::boolean(), "true: the same as use_activation false.", "false"},
};

}  // namespace

ParameterList activation_parameters() { return {kActivation}; }

bool read_activation(Parameters& parameters, const ApiModel& model) {
  const auto wanted = parameters.boolean("use_activation");
  const bool raw = parameters.flag("raw_scores");
  return wanted.value_or(!raw && model.embedding.use_activation.value_or(true));
}

double relevance(std::span<const float> scores, size_t relevant_label, bool with_activation) {
  CHECK(scores.size() == 1 || scores.size() == 2);
  double logit = double(scores[0]);
  if (scores.size() == 2) logit = double(scores[relevant_label]) - double(scores[1 - relevant_label]);
  return with_activation ? 1.0 / (1.0 + std::exp(-logit)) : logit;
}

ScoringExchange::ScoringExchange(std::string id, std::vector<WholeText> texts, bool with_activation,
                                 const ApiCall& call)
    : id_(std::move(id)),
      model_id_(call.model->id),
      relevant_label_(call.model->relevant_label),
      with_activation_(with_activation),
      choices_(texts.size()) {
  for (WholeText& text : texts) {
    is_cut_.push_back(text.input.is_cut());
    requests_.push_back(whole_text_request(std::move(text), Task::kScore, call));
  }
}

const Dialect& ScoringExchange::dialect() const { return *dialect_openai(); }

std::vector<StreamFrame> ScoringExchange::accept(const ChoiceEvent& event) {
  choices_.accept(event);
  return {};
}

Result<Json> ScoringExchange::body() {
  if (auto error = choices_.error()) return std::unexpected(std::move(*error));
  std::vector<double> scores;
  for (size_t i = 0; i < choices_.num_choices(); ++i) {
    scores.push_back(relevance(choices_.choice(i).result->scores, relevant_label_, with_activation_));
  }
  return write(scores);
}

Json ScoringExchange::usage() const {
  const size_t num_tokens = total_usage(choices_, 1).num_prompt_tokens;
  return {{"prompt_tokens", num_tokens}, {"total_tokens", num_tokens}};
}

}  // namespace hearth::api
