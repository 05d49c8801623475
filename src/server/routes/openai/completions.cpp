#include "api/openai/completions.h"

#include <utility>

#include "api/dialects/openai.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> completions(const HttpRequest& request, const Caller& caller, Services& services) {
  BegunCall begun = TRY(begin_call(request, caller, services, Task::kGenerate));
  auto exchange = TRY(api::make_completion(begun.body, begun.call));
  return ModelCall{std::move(begun.model), std::move(exchange)};
}

}  // namespace

Route route_completions() {
  return {"POST", "/v1/completions", Scope::kInference, api::dialect_openai(), completions};
}

}  // namespace hearth::server
