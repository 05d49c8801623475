#include "api/dialects/ollama.h"
#include "server/ollama/model_json.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> tags(const HttpRequest&, const Caller&, Services& services) {
  return json_response(tags_json(services.models().list(), services.details()));
}

}  // namespace

Route route_ollama_tags() { return {"GET", "/api/tags", Scope::kInference, api::dialect_ollama(), tags}; }

}  // namespace hearth::server
