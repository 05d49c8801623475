#include "api/dialects/openai.h"
#include "server/http/route.h"
#include "server/records/response_store.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> get_response(const HttpRequest& request, const Caller& caller, Services& services) {
  if (const auto stream = request.query.find("stream");
      stream != request.query.end() && stream->second == "true") {
    return fail_hint(ErrorCode::kUnsupported, "leave it out", "stream: a stored response cannot be streamed");
  }
  return json_response(TRY(services.responses().get(caller.key_id, request.parameters.at("id"))).body);
}

}  // namespace

Route route_responses_get() {
  return {"GET", "/v1/responses/{id}", Scope::kInference, api::dialect_openai(), get_response};
}

}  // namespace hearth::server
