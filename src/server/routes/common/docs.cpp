#include "api/openapi/document.h"
#include "server/html_reference.h"
#include "server/http/route.h"
#include "server/runs/services.h"

namespace hearth::server {
namespace {

Result<Outcome> docs(const HttpRequest&, const Caller&, Services& services) {
  return HttpResponse{.content_type = "text/html; charset=utf-8",
                      .body = html_reference(api::openapi_document(services.models().listings()))};
}

}  // namespace

Route route_docs() { return {"GET", "/docs", Scope::kPublic, docs}; }

}  // namespace hearth::server
