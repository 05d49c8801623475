#include "api/openai/rerank.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "api/openai/relevance.h"
#include "api/parameters/generation_parameters.h"
#include "api/prompt/completion_prompts.h"

namespace hearth::api {
namespace {

struct RerankOptions {
  size_t top_n = 0;
  std::vector<std::string> documents;  ///< to be repeated; empty: they are not
};

class RerankExchange final : public ScoringExchange {
 public:
  RerankExchange(std::vector<WholeText> texts, bool with_activation, const ApiCall& call,
                 RerankOptions options)
      : ScoringExchange(random_id("rerank-"), std::move(texts), with_activation, call),
        options_(std::move(options)) {}

 protected:
  Json write(const std::vector<double>& scores) const override {
    std::vector<size_t> order(scores.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::sort(
        order, [&](size_t a, size_t b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; });
    order.resize(std::min(order.size(), options_.top_n));
    Json results = Json::array();
    for (const size_t index : order) {
      Json one = {{"index", index}, {"relevance_score", scores[index]}};
      if (!options_.documents.empty()) one["document"] = {{"text", options_.documents[index]}};
      if (is_cut(index)) one["truncated"] = true;
      results.push_back(std::move(one));
    }
    return {{"id", id()},
            {"object", "list"},
            {"model", model_id()},
            {"results", std::move(results)},
            {"usage", usage()}};
  }

 private:
  RerankOptions options_;
};

constexpr Parameter kDocument[] = {
    {.name = "text", .schema = Schema::text(0), .description = "The document.", .required = true}};
constexpr Schema kDocumentForms[] = {Schema::text(0), Schema::object(kDocument)};
constexpr Schema kOneDocument = Schema::either(kDocumentForms);

constexpr Parameter kParameters[] = {
    {.name = "query", .schema = Schema::text(0), .description = "What is looked for.", .required = true},
    {.name = "documents",
     .schema = Schema::array(kOneDocument, 1, kMaxPrompts),
     .description = "What is put in order.",
     .required = true},
    {"top_n", Schema::integer(0, kMaxTokenCount), "Only so many of the best; 0: all.", "0"},
    {"return_documents", Schema::boolean(), "Results hold their documents.", "true"},
};

}  // namespace

ParameterList rerank_parameters() {
  ParameterList list = {kModelName, kParameters};
  list.add(activation_parameters());
  list.add(truncation_parameters());
  return list;
}

Result<std::unique_ptr<Exchange>> make_rerank(const Json& body, const ApiCall& call) {
  auto parameters = TRY(Parameters::check(body, rerank_parameters(), call));
  const std::string query = *parameters.text("query");
  const size_t max_tokens = TRY(read_truncation(parameters, *call.model));
  const bool with_activation = read_activation(parameters, *call.model);
  const auto top_n = size_t(*parameters.integer("top_n"));
  const bool repeats = parameters.flag("return_documents");
  std::vector<WholeText> texts;
  RerankOptions options;
  for (const Json& value : *parameters.find("documents")) {
    const auto& document = (value.is_object() ? value.at("text") : value).get_ref<const std::string&>();
    texts.push_back(
        TRY(scored_text(query, document, fmt::format("documents[{}]", texts.size()), max_tokens, call)));
    if (repeats) options.documents.push_back(document);
  }
  parameters.finish();
  options.top_n = top_n > 0 ? top_n : texts.size();
  return std::make_unique<RerankExchange>(std::move(texts), with_activation, call, std::move(options));
}

}  // namespace hearth::api
