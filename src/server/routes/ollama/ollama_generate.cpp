#include "api/dialects/ollama.h"
#include "api/ollama/generate.h"
#include "server/ollama/begin.h"

namespace hearth::server {
namespace {

Result<Outcome> generate(const HttpRequest& request, const Caller& caller, Services& services) {
  return answer_ollama(api::OllamaCall::Kind::kGenerate, api::make_ollama_generate, request, caller,
                       services);
}

}  // namespace

Route route_ollama_generate() {
  return {"POST", "/api/generate", Scope::kInference, api::dialect_ollama(), generate};
}

}  // namespace hearth::server
