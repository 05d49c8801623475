#include "server/http/route.h"
#include "server/runs/begin_call.h"
#include "server/runs/running_json.h"

namespace hearth::server {
namespace {

Result<Outcome> list_running(const HttpRequest&, const Caller&, Services& services) {
  return json_response(running_json(services.models().running()));
}

}  // namespace

Route route_models_running() { return {"GET", "/models/running", Scope::kManage, list_running}; }

}  // namespace hearth::server
