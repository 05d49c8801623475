#include "server/runs/begin_call.h"

#include <chrono>
#include <ctime>

#include "api/call/model_task.h"
#include "api/call/request_body.h"
#include "api/openai/models.h"

namespace hearth::server {

Result<BegunCall> begin_call(const HttpRequest& request, const Caller& caller, Services& services) {
  BegunCall begun;
  begun.body = TRY(api::parse_request(request.body));
  const auto start = std::chrono::steady_clock::now();
  begun.call.model = TRY(services.model(TRY(api::requested_model(begun.body))));
  begun.call.load_time = std::chrono::steady_clock::now() - start;
  begun.call.tenant = caller.tenant();
  begun.call.cache_salt = caller.cache_salt;
  begun.call.gone = request.gone;
  const std::time_t now = std::time(nullptr);
  begun.call.now = int64_t(now);
  localtime_r(&now, &begun.call.local_time);
  return begun;
}

Result<BegunCall> begin_call(const HttpRequest& request, const Caller& caller, Services& services,
                             Task task) {
  BegunCall begun = TRY(begin_call(request, caller, services));
  TRY(api::check_task(*begun.call.model, task));
  return begun;
}

HttpResponse json_response(const api::Json& body, int status) {
  return {.status = status, .body = api::dump_json(body)};
}

}  // namespace hearth::server
