#include "api/dialects/ollama.h"
#include "server/ollama/model_json.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> ps(const HttpRequest&, const Caller&, Services& services) {
  return json_response(
      ps_json(services.models().running(), services.details(), std::chrono::system_clock::now()));
}

}  // namespace

Route route_ollama_ps() { return {"GET", "/api/ps", Scope::kInference, api::dialect_ollama(), ps}; }

}  // namespace hearth::server
