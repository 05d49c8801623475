#include "api/openai/envelope.h"

#include "api/call/api_error.h"
#include "api/dialects/openai.h"

namespace hearth::api {

OpenAiEnvelope::OpenAiEnvelope(std::string_view id_prefix, Objects objects, const ApiCall& call,
                               const GenerationParameters& parameters)
    : id_(random_id(id_prefix)),
      model_(call.model->id),
      fingerprint_(call.model->fingerprint),
      created_(call.now),
      objects_(objects),
      include_usage_(parameters.include_usage),
      timings_(parameters.timings),
      form_(parameters.form) {}

Json OpenAiEnvelope::head(std::string_view object) const {
  return {{"id", id_},
          {"object", object},
          {"created", created_},
          {"model", model_},
          {"system_fingerprint", fingerprint_.empty() ? Json(nullptr) : Json(fingerprint_)}};
}

Json OpenAiEnvelope::body(Json choices, const Usage& usage, const GenerateResult& first) const {
  Json json = head(objects_.whole);
  json["choices"] = std::move(choices);
  json["usage"] = openai_usage(usage);
  if (timings_) json["timings"] = timings_json(first);
  add_warnings(form_, json);
  return json;
}

StreamFrame OpenAiEnvelope::chunk(Json choice, const std::optional<GenerateResult>& result) const {
  Json json = head(objects_.frame);
  json["choices"] = Json::array({std::move(choice)});
  if (include_usage_) json["usage"] = nullptr;
  if (result && timings_) json["timings"] = timings_json(*result);
  if (result) {
    add_warnings(form_, json);
    add_completion_warnings(*result, json);
  }
  return {{}, dump_json(json)};
}

void OpenAiEnvelope::set_failed(const Error& error, Json& choice) {
  choice["finish_reason"] = "error";
  choice["error"] = dialect_openai()->error_body(run_error(error), {})["error"];
}

void OpenAiEnvelope::add_usage(const Usage& usage, std::vector<StreamFrame>& frames) const {
  if (!include_usage_) return;
  Json json = head(objects_.frame);
  json["choices"] = Json::array();
  json["usage"] = openai_usage(usage);
  frames.push_back({{}, dump_json(json)});
}

}  // namespace hearth::api
