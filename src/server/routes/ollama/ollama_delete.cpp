#include "api/dialects/ollama.h"
#include "server/ollama/manage.h"

namespace hearth::server {
namespace {

Result<Outcome> remove(const HttpRequest& request, const Caller&, Services& services) {
  const api::Json body = TRY(read_ollama_body(request));
  const std::string text = TRY(named_model(body));
  const ModelName name = TRY(parse_model_name(text));
  ModelStore& store = *TRY(store_of(services));
  if (const auto manifest = store.manifest(name); !manifest) {
    if (manifest.error().code == ErrorCode::kNotFound) return std::unexpected(model_not_found(text));
  }
  // What is loaded keeps its files until it goes.
  (void)services.models().unload(text);
  TRY(store.remove(name));
  return HttpResponse{.content_type = "text/plain"};
}

}  // namespace

Route route_ollama_delete() {
  return {"DELETE", "/api/delete", Scope::kManage, api::dialect_ollama(), remove};
}

}  // namespace hearth::server
