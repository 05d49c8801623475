#include <utility>

#include "api/dialects/openai.h"
#include "api/openai/rerank.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> rerank_bare(const HttpRequest& request, const Caller& caller, Services& services) {
  BegunCall begun = TRY(begin_call(request, caller, services, Task::kScore));
  auto exchange = TRY(api::make_rerank(begun.body, begun.call));
  return ModelCall{std::move(begun.model), std::move(exchange)};
}

}  // namespace

Route route_rerank_bare() {
  return {"POST", "/rerank", Scope::kInference, api::dialect_openai(), rerank_bare};
}

}  // namespace hearth::server
