#include "api/dialects/ollama.h"
#include "api/ollama/embed.h"
#include "server/ollama/begin.h"

namespace hearth::server {
namespace {

Result<Outcome> embed(const HttpRequest& request, const Caller& caller, Services& services) {
  return answer_ollama_embedding(api::make_ollama_embed, request, caller, services);
}

}  // namespace

Route route_ollama_embed() { return {"POST", "/api/embed", Scope::kInference, api::dialect_ollama(), embed}; }

}  // namespace hearth::server
