#include "api/openai/embeddings.h"

#include <utility>

#include "api/dialects/openai.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> embeddings(const HttpRequest& request, const Caller& caller, Services& services) {
  BegunCall begun = TRY(begin_call(request, caller, services, Task::kEmbed));
  auto exchange = TRY(api::make_embedding(begun.body, begun.call));
  return ModelCall{std::move(begun.model), std::move(exchange)};
}

}  // namespace

Route route_embeddings() {
  return {"POST", "/v1/embeddings", Scope::kInference, api::dialect_openai(), embeddings};
}

}  // namespace hearth::server
