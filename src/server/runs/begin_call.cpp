#include "server/runs/begin_call.h"

#include <chrono>
#include <ctime>

#include "api/call/model_task.h"
#include "api/call/request_body.h"
#include "api/openai/models.h"

namespace hearth::server {

namespace {

/// Where the handler was run before, to have its model loaded: when that was.
std::optional<std::chrono::steady_clock::time_point> waited_since(const HttpRequest& request) {
  return request.wishes == nullptr ? std::nullopt : request.wishes->since;
}

}  // namespace

Result<BegunCall> begin_call(const HttpRequest& request, const Caller& caller, Services& services) {
  BegunCall begun;
  begun.body = TRY(api::parse_request(request.body));
  const auto start = std::chrono::steady_clock::now();
  begun.model = TRY(services.model(request, TRY(api::requested_model(begun.body))));
  begun.call.model = &begun.model->api();
  begun.call.load_time = std::chrono::steady_clock::now() - waited_since(request).value_or(start);
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
