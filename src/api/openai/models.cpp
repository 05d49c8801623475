#include "api/openai/models.h"

#include "api/call/api_call.h"
#include "api/parameters/parameter_reader.h"

namespace hearth::api {

Json model_json(const ModelListing& model) {
  Json json = {{"id", model.id}, {"object", "model"}, {"created", model.created}, {"owned_by", "hearth"}};
  if (!model.facts) return json;
  json["context_length"] = model.facts->context;
  json["max_model_len"] = model.facts->context;
  json["capabilities"] = model.facts->capabilities;
  json["meta"] = {{"n_ctx_train", model.facts->context},
                  {"n_vocab", model.facts->vocab_size},
                  {"n_embd", model.facts->hidden_size}};
  return json;
}

Json model_list_json(std::span<const ModelListing> models) {
  Json data = Json::array();
  for (const ModelListing& model : models) data.push_back(model_json(model));
  return {{"object", "list"}, {"data", std::move(data)}};
}

Result<std::string> requested_model(const Json& body) {
  auto reader = TRY(ParameterReader::of(body));
  return TRY(reader.text("model", kMaxNameSize)).value_or("");
}

}  // namespace hearth::api
