#include "transfer/registry/pull_registry.h"

#include <algorithm>

#include "transfer/registry/registry_access.h"

namespace hearth::transfer {
namespace {

/// Other names by which registries know a GGUF file.
constexpr std::string_view kGgufTypes[] = {
    "application/vnd.docker.ai.gguf.v3", "application/vnd.docker.ai.gguf.v3.lora",
    "application/vnd.docker.ai.mmproj", "application/vnd.docker.ai.license"};
constexpr std::string_view kOurTypes[] = {media_type::kModel, media_type::kAdapter, media_type::kProjector,
                                          media_type::kLicense};

/// The manifest with our names for its layers' kinds; as it is where it has them already.
Result<Manifest> with_known_types(Manifest manifest, const std::string& name) {
  const auto has_weights = [](const Manifest& of) {
    return of.find(media_type::kModel) != nullptr || of.find(media_type::kFile) != nullptr ||
           of.find("application/vnd.ollama.image.tensor") != nullptr;
  };
  if (has_weights(manifest)) return manifest;
  for (Layer& layer : manifest.layers) {
    const auto* const found = std::ranges::find(kGgufTypes, layer.media_type);
    if (found != std::end(kGgufTypes)) layer.media_type = kOurTypes[found - std::begin(kGgufTypes)];
  }
  if (!has_weights(manifest)) {
    return fail(ErrorCode::kUnsupported, "{} is no model: its manifest names no weights", name);
  }
  manifest.origin = name;
  manifest.write();
  return manifest;
}

}  // namespace

Status pull_registry(TransferSession& session) {
  session.tell("pulling manifest");
  const auto access = TRY(open_registry(session));
  RegistryClient& registry = *access->client;
  const std::string text = TRY(registry.manifest(session.name().tag));
  const Manifest manifest = TRY(with_known_types(TRY(Manifest::parse(text)), session.name().text()));
  std::vector<Layer> layers = manifest.layers;
  if (manifest.config) layers.push_back(*manifest.config);
  std::vector<DownloadFile> files;
  for (const Layer& layer : layers) {
    files.push_back({.name = session.name().text() + ": " + layer.digest.text(),
                     .num_bytes = layer.num_bytes,
                     .locate = [&registry, digest = layer.digest] { return registry.locate_blob(digest); },
                     .sha256 = layer.digest});
  }
  const TransferSession::Files fetched = TRY(session.fetch(files));
  return session.finish(manifest);
}

}  // namespace hearth::transfer
