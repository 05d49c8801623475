#include "api/dialects/ollama.h"
#include "server/ollama/manage.h"

namespace hearth::server {
namespace {

Result<Outcome> pull(const HttpRequest& request, const Caller&, Services& services) {
  return answer_transfer("pull", services.transfers().pull, request, services);
}

}  // namespace

Route route_ollama_pull() { return {"POST", "/api/pull", Scope::kManage, api::dialect_ollama(), pull}; }

}  // namespace hearth::server
