#include "api/dialects/ollama.h"
#include "base/printable.h"
#include "server/ollama/manage.h"

namespace hearth::server {
namespace {

/// Whether the store has it: what a client asks before it sends one. HEAD is served by GET.
Result<Outcome> blob(const HttpRequest& request, const Caller&, Services& services) {
  const BlobDigest digest = TRY(BlobDigest::parse(request.parameters.at("digest")));
  ModelStore& store = *TRY(store_of(services));
  std::error_code error;
  if (!std::filesystem::exists(store.blobs().path(digest), error)) {
    return fail(ErrorCode::kNotFound, "blob {} not found", quoted(digest.text(), 100));
  }
  return HttpResponse{.content_type = "text/plain"};
}

}  // namespace

Route route_ollama_blob() {
  return {"GET", "/api/blobs/{digest}", Scope::kManage, api::dialect_ollama(), blob};
}

}  // namespace hearth::server
