#pragma once

#include <span>
#include <string>
#include <vector>

#include "api/call/choices.h"
#include "api/call/exchange.h"
#include "api/parameters/parameters.h"
#include "api/prompt/whole_texts.h"

namespace hearth::api {

/// `use_activation` of vLLM and `raw_scores` of TEI.
ParameterList activation_parameters();
/// Whether scores go through the sigmoid; by default as the model's files say.
bool read_activation(Parameters& parameters, const ApiModel& model);

/// The score of a text by what the model's head says of it: its one value, or of two how much higher the
/// relevant one is; with the activation the sigmoid of that, which of two labels is their softmax.
double relevance(std::span<const float> scores, size_t relevant_label, bool with_activation);

/// What scores pairs of texts, each by a request of its own; what becomes of the scores is the endpoint's.
class ScoringExchange : public Exchange {
 public:
  ScoringExchange(std::string id, std::vector<WholeText> texts, bool with_activation, const ApiCall& call);

  const std::string& id() const override { return id_; }
  bool streams() const override { return false; }
  const Dialect& dialect() const override;
  std::vector<GenerateRequest> take_requests() override { return std::move(requests_); }
  std::vector<std::string> notes() const override { return cut_notes(is_cut_); }
  std::vector<StreamFrame> accept(const ChoiceEvent& event) override;
  Result<Json> body() override;

 protected:
  /// The body, by the scores in the order of the texts.
  virtual Json write(const std::vector<double>& scores) const = 0;

  bool is_cut(size_t index) const { return is_cut_[index]; }
  const std::string& model_id() const { return model_id_; }
  Json usage() const;

 private:
  std::string id_, model_id_;
  std::vector<GenerateRequest> requests_;
  std::vector<bool> is_cut_;
  size_t relevant_label_;
  bool with_activation_;
  Choices choices_;
};

}  // namespace hearth::api
