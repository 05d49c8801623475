#include "api/dialects/ollama.h"
#include "base/printable.h"
#include "server/ollama/manage.h"

namespace hearth::server {
namespace {

Result<Outcome> upload(const HttpRequest& request, const Caller&, Services& services) {
  const BlobDigest digest = TRY(BlobDigest::parse(request.parameters.at("digest")));
  ModelStore& store = *TRY(store_of(services));
  Sha256 hash;
  hash.update(std::as_bytes(std::span(request.body)));
  const BlobDigest sent(hash.finish());
  if (sent != digest) {
    return fail(ErrorCode::kInvalidArgument, "digest mismatch, expected {}, got {}",
                quoted(digest.text(), 100), quoted(sent.text(), 100));
  }
  TRY(store.blobs().put(request.body));
  return HttpResponse{.status = 201, .content_type = "text/plain"};
}

}  // namespace

Route route_ollama_blob_upload() {
  return {"POST", "/api/blobs/{digest}", Scope::kManage, api::dialect_ollama(), upload};
}

}  // namespace hearth::server
