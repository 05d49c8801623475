#include "api/openai/models.h"

#include "api/call/api_call.h"
#include "api/call/model_task.h"
#include "api/parameters/parameter_reader.h"

namespace hearth::api {

Json model_json(const ApiModel& model) {
  return {{"id", model.id},
          {"object", "model"},
          {"created", model.created},
          {"owned_by", "hearth"},
          {"context_length", model.context},
          {"max_model_len", model.context},
          {"capabilities", capabilities(model)},
          {"meta",
           {{"n_ctx_train", model.context},
            {"n_vocab", model.tokenizer->vocab().size()},
            {"n_embd", model.hidden_size}}}};
}

Json model_list_json(std::span<const ApiModel> models) {
  Json data = Json::array();
  for (const ApiModel& model : models) data.push_back(model_json(model));
  return {{"object", "list"}, {"data", std::move(data)}};
}

Result<std::string> requested_model(const Json& body) {
  auto reader = TRY(ParameterReader::of(body));
  return TRY(reader.text("model", kMaxNameSize)).value_or("");
}

}  // namespace hearth::api
