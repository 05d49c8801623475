#include "api/openai/embeddings.h"

#include "api/dialects/openai.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> embeddings(const HttpRequest& request, const Caller& caller, Services& services) {
  const BegunCall begun = TRY(begin_call(request, caller, services, Task::kEmbed));
  return TRY(api::make_embedding(begun.body, begun.call));
}

}  // namespace

Route route_embeddings() {
  return {"POST", "/v1/embeddings", Scope::kInference, api::dialect_openai(), embeddings};
}

}  // namespace hearth::server
