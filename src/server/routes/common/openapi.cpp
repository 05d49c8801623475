#include "api/openapi/document.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"
#include "server/runs/services.h"

namespace hearth::server {
namespace {

Result<Outcome> openapi(const HttpRequest&, const Caller&, Services& services) {
  return json_response(api::openapi_document(services.models().listings()));
}

}  // namespace

Route route_openapi() { return {"GET", "/openapi.json", Scope::kPublic, openapi}; }

}  // namespace hearth::server
