#include "api/dialects/ollama.h"
#include "api/parameters/parameter_reader.h"
#include "server/ollama/manage.h"
#include "server/ollama/model_json.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> show(const HttpRequest& request, const Caller&, Services& services) {
  const api::Json body = TRY(read_ollama_body(request));
  const std::string name = TRY(named_model(body));
  auto reader = TRY(api::ParameterReader::of(body));
  const bool verbose = TRY(reader.boolean("verbose")).value_or(false);
  const auto model = services.models().find(name);
  if (!model) {
    if (model.error().code != ErrorCode::kNotFound) return std::unexpected(model.error());
    return std::unexpected(model_not_found(name));
  }
  const ModelInfo info = TRY(read_model_info(model->found.path, verbose));
  return json_response(show_json(*model, model->found.stored.get(), info, verbose));
}

}  // namespace

Route route_ollama_show() { return {"POST", "/api/show", Scope::kInference, api::dialect_ollama(), show}; }

}  // namespace hearth::server
