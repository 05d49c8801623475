#include "transfer/registry/push_registry.h"

#include <cerrno>

#include <unistd.h>

#include "base/file.h"
#include "base/system_error.h"
#include "transfer/registry/registry_access.h"

namespace hearth::transfer {
namespace {

constexpr size_t kShownDigits = 12;

Status push_blob(TransferSession& session, RegistryClient& registry, const Layer& layer) {
  const std::string status = "pushing " + layer.digest.hex().substr(0, kShownDigits);
  const auto tell = [&](uint64_t completed) {
    session.tell(status, layer.digest, layer.num_bytes, completed);
  };
  if (TRY(registry.has_blob(layer.digest, layer.num_bytes))) {
    tell(layer.num_bytes);
    return {};
  }
  tell(0);
  const std::filesystem::path path = session.store().blobs().path(layer.digest);
  const FileDescriptor fd = TRY(open_file(path));
  const BodySource source = [&](uint64_t offset, char* out, size_t size) -> Status {
    while (size > 0) {
      const ssize_t count = ::pread(fd.get(), out, size, off_t(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return system_error(errno, "read " + path.string());
      if (count == 0)
        return fail(ErrorCode::kCorruptData, "{} is shorter than its manifest says", path.string());
      out += count;
      offset += uint64_t(count);
      size -= size_t(count);
    }
    return {};
  };
  return registry.upload({.digest = layer.digest, .num_bytes = layer.num_bytes, .source = source},
                         session.options().max_chunk, tell);
}

}  // namespace

Status push_registry(TransferSession& session) {
  const Manifest manifest = TRY(session.store().manifest(session.name()));
  session.tell("retrieving manifest");
  const auto access = TRY(open_registry(session));
  std::vector<Layer> layers = manifest.layers;
  if (manifest.config) layers.push_back(*manifest.config);
  for (const Layer& layer : layers) TRY(push_blob(session, *access->client, layer));
  session.tell("pushing manifest");
  TRY(access->client->put_manifest(session.name().tag, manifest));
  session.tell("success");
  return {};
}

}  // namespace hearth::transfer
