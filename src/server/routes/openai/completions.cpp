#include "api/openai/completions.h"

#include "api/dialects/openai.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> completions(const HttpRequest& request, const Caller& caller, Services& services) {
  const BegunCall begun = TRY(begin_call(request, caller, services, Task::kGenerate));
  return TRY(api::make_completion(begun.body, begun.call));
}

}  // namespace

Route route_completions() {
  return {"POST", "/v1/completions", Scope::kInference, api::dialect_openai(), completions};
}

}  // namespace hearth::server
