#include "api/openai/responses.h"

#include "api/dialects/openai.h"
#include "api/openai/response_body.h"
#include "api/parameters/header_parameters.h"
#include "server/http/route.h"
#include "server/records/response_store.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

api::ResponseMemory memory_of(const std::string& owner, Services& services) {
  ResponseStore& store = services.responses();
  const auto recall = [owner, &store](const std::string& id) -> Result<api::Json> {
    StoredResponse response = TRY(store.get(owner, id));
    if (api::is_pending(response.body)) {
      return fail(ErrorCode::kInvalidArgument, "previous_response_id: that response has not ended yet");
    }
    return std::move(response.messages);
  };
  const auto keep = [owner, &store, &services](const api::Json& body, const api::Json& messages) {
    const auto id = body["id"].get<std::string>();
    const Status kept = store.put({.id = id, .owner = owner, .body = body, .messages = messages});
    if (!kept) services.report_unkept(id, kept.error());
    return kept.has_value();
  };
  return {.recall = recall, .keep = keep};
}

Result<Outcome> responses(const HttpRequest& request, const Caller& caller, Services& services) {
  BegunCall begun = TRY(begin_call(request, caller, services, Task::kGenerate));
  ResponseStore& store = services.responses();
  api::ResponseCall made =
      TRY(api::make_response(begun.body, begun.call, memory_of(caller.key_id, services)));
  if (!made.background) return ModelCall{std::move(begun.model), std::move(made.exchange)};
  const std::string id = made.exchange->id();
  const std::vector<std::string> notes = made.exchange->notes();
  TRY(store.put_pending(
      {.id = id, .owner = caller.key_id, .body = made.queued, .messages = api::Json::array()}));
  const Status started = services.start_detached({std::move(begun.model), std::move(made.exchange)}, caller);
  if (!started) {
    (void)store.remove(caller.key_id, id);
    return std::unexpected(started.error());
  }
  HttpResponse response = json_response(made.queued);
  for (const std::string& note : notes) response.headers.emplace_back(api::kNote.name, note);
  return response;
}

}  // namespace

Route route_responses() {
  return {"POST", "/v1/responses", Scope::kInference, api::dialect_openai(), responses};
}

}  // namespace hearth::server
