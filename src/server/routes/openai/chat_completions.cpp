#include <utility>

#include "api/dialects/openai.h"
#include "api/openai/chat.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> chat_completions(const HttpRequest& request, const Caller& caller, Services& services) {
  BegunCall begun = TRY(begin_call(request, caller, services, Task::kGenerate));
  auto exchange = TRY(api::make_chat_completion(begun.body, begun.call));
  return ModelCall{std::move(begun.model), std::move(exchange)};
}

}  // namespace

Route route_chat_completions() {
  return {"POST", "/v1/chat/completions", Scope::kInference, api::dialect_openai(), chat_completions};
}

}  // namespace hearth::server
