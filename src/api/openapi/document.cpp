#include "api/openapi/document.h"

#include <algorithm>

#include "api/openapi/texts.h"
#include "api/parameters/known_parameters.h"
#include "api/parameters/sampler_parameters.h"
#include "base/check.h"

namespace hearth::api {
namespace {

/// Our own text: what does not parse is a fault of the program.
Json parsed(std::string_view text) {
  auto json = parse_json(text);
  CHECK(json.has_value());
  return *std::move(json);
}

Json sampler_properties() {
  Json properties = Json::object();
  for (const SamplerParameter& parameter : sampler_parameters()) {
    Json& schema = properties[std::string(parameter.name)];
    schema = {{"type", {parameter.is_integer ? "integer" : "number", "null"}}};
    if (parameter.is_integer) {
      schema["minimum"] = int64_t(parameter.low);
      schema["maximum"] = int64_t(parameter.high);
    } else {
      schema["minimum"] = parameter.low;
      schema["maximum"] = parameter.high;
    }
    schema["description"] = parameter.description;
  }
  Json steps = Json::array();
  for (const SamplerStep step : SamplingParams::default_order()) steps.push_back(to_string(step));
  properties["samplers"] = {{"type", "array"},
                            {"items", {{"enum", steps}}},
                            {"uniqueItems", true},
                            {"description", "The steps of sampling in their order; those left out are off."}};
  return properties;
}

/// What is taken where it changes nothing, with the values that change nothing.
Json known_properties() {
  Json properties = Json::object();
  for (const KnownParameter& parameter : known_parameters()) {
    Json& schema = properties[std::string(parameter.name)];
    if (parameter.taken.empty()) {
      schema = {{"description", "Left aside."}};
    } else {
      Json values = taken_values(parameter);
      values.push_back(nullptr);
      schema = {{"enum", std::move(values)},
                {"description", fmt::format("Else refused: {}.", parameter.why)}};
    }
    schema[kLeftAside] = true;
  }
  return properties;
}

/// Turns {"use": [groups], "properties": {...}, ...} into a schema of an object without other members.
Json request_schema(Json request, const Json& groups) {
  Json properties = Json::object();
  for (const Json& group : request["use"]) properties.update(groups.at(group.get<std::string>()));
  properties.update(request["properties"]);
  request.erase("use");
  request["type"] = "object";
  request["properties"] = std::move(properties);
  request["additionalProperties"] = false;
  return request;
}

Json model_name_schema(std::span<const ApiModel> models) {
  Json names = Json::array();
  for (const ApiModel& model : models) names.push_back(model.id);
  return {{"type", "string"}, {"enum", std::move(names)}, {"description", "A model that is served."}};
}

Json token_id_schema(std::span<const ApiModel> models) {
  size_t vocab_size = SIZE_MAX;
  for (const ApiModel& model : models) vocab_size = std::min(vocab_size, model.tokenizer->vocab().size());
  return {{"type", "integer"}, {"minimum", 0}, {"maximum", models.empty() ? 0 : vocab_size - 1}};
}

Json refused_json(const std::string& schema) {
  const Json body = {{"schema", {{"$ref", "#/components/schemas/" + schema}}}};
  return {{"description", "Refused; the message says why"}, {"content", {{"application/json", body}}}};
}

Json components(std::span<const ApiModel> models) {
  Json schemas = parsed(openapi_schemas());
  schemas["ModelName"] = model_name_schema(models);
  schemas["TokenId"] = token_id_schema(models);
  Json groups = parsed(openapi_parameters());
  groups["sampler"].update(sampler_properties());
  groups["known"] = known_properties();
  const Json requests = parsed(openapi_requests());
  for (const auto& [name, request] : requests.items()) schemas[name] = request_schema(request, groups);
  return {
      {"schemas", std::move(schemas)},
      {"parameters",
       {{"ResponseId",
         {{"name", "id"},
          {"in", "path"},
          {"required", true},
          {"schema", {{"type", "string"}, {"minLength", 1}, {"maxLength", 64}}}}},
        {"AnthropicVersion",
         {{"name", "anthropic-version"},
          {"in", "header"},
          {"required", false},
          {"schema", {{"type", "string"}, {"pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}}}}}}},
      {"responses", {{"Refused", refused_json("Error")}, {"RefusedMessage", refused_json("AnthropicError")}}},
      {"securitySchemes",
       {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}},
        {"x_api_key", {{"type", "apiKey"}, {"in", "header"}, {"name", "x-api-key"}}},
        {"api_key", {{"type", "apiKey"}, {"in", "header"}, {"name", "api-key"}}}}}};
}

}  // namespace

Json openapi_document(std::span<const ApiModel> models) {
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "Hearth"},
            {"version", "1"},
            {"description", "Text generation on this machine, by the APIs of OpenAI and Anthropic."},
            {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
          {"security", Json::array({Json::object(),
                                    {{"bearer", Json::array()}},
                                    {{"x_api_key", Json::array()}},
                                    {{"api_key", Json::array()}}})},
          {"paths", parsed(openapi_paths())},
          {"components", components(models)}};
}

}  // namespace hearth::api
