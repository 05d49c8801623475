#include "server/http/route.h"

namespace hearth::server {
namespace {

Result<Outcome> root(const HttpRequest& request, const Caller&, Services&) {
  const auto accept = request.header("accept").value_or("");
  if (accept.find("text/html") != std::string_view::npos) {
    return HttpResponse{.status = 302, .content_type = "text/plain", .headers = {{"Location", "/docs"}}};
  }
  // By these words, to the letter, clients of Ollama know that a server is there.
  return HttpResponse{.content_type = "text/plain; charset=utf-8", .body = "Ollama is running"};
}

}  // namespace

Route route_root() { return {"GET", "/", Scope::kPublic, root}; }

}  // namespace hearth::server
