#include "api/dialects/ollama.h"
#include "api/ollama/embed.h"
#include "server/ollama/begin.h"

namespace hearth::server {
namespace {

Result<Outcome> embeddings(const HttpRequest& request, const Caller& caller, Services& services) {
  return answer_ollama_embedding(api::make_ollama_embeddings, request, caller, services);
}

}  // namespace

Route route_ollama_embeddings() {
  return {"POST", "/api/embeddings", Scope::kInference, api::dialect_ollama(), embeddings};
}

}  // namespace hearth::server
