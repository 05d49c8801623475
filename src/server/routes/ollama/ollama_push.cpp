#include "api/dialects/ollama.h"
#include "server/ollama/manage.h"

namespace hearth::server {
namespace {

Result<Outcome> push(const HttpRequest& request, const Caller&, Services& services) {
  return answer_transfer("push", services.transfers().push, request, services);
}

}  // namespace

Route route_ollama_push() { return {"POST", "/api/push", Scope::kManage, api::dialect_ollama(), push}; }

}  // namespace hearth::server
