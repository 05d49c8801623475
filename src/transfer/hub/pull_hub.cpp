#include "transfer/hub/pull_hub.h"

#include <nlohmann/json.hpp>

#include "transfer/hub/file_choice.h"
#include "transfer/hub/hub_client.h"

namespace hearth::transfer {
namespace {

using OrderedJson = nlohmann::ordered_json;

/// What Ollama's form of a manifest wants beside the layers.
Result<Layer> put_config(BlobStore& blobs, const FileChoice& choice, const std::vector<Layer>& layers) {
  OrderedJson digests = OrderedJson::array();
  for (const Layer& layer : layers) digests.push_back(layer.digest.text());
  const OrderedJson config = {{"model_format", choice.folder.empty() ? "gguf" : "safetensors"},
                              {"architecture", "amd64"},
                              {"os", "linux"},
                              {"rootfs", {{"type", "layers"}, {"diff_ids", std::move(digests)}}}};
  const std::string text = config.dump();
  return Layer{.media_type = std::string(media_type::kConfig),
               .digest = TRY(blobs.put(text)),
               .num_bytes = text.size()};
}

struct Part {
  HubFile file;
  std::string_view media_type;
  std::string name;  ///< within the model's folder
};

std::vector<Part> parts_of(const FileChoice& choice) {
  const auto base = [](const std::string& path) { return path.substr(path.rfind('/') + 1); };
  std::vector<Part> parts;
  for (const HubFile& file : choice.weights) parts.push_back({file, media_type::kModel, base(file.path)});
  for (const HubFile& file : choice.projector)
    parts.push_back({file, media_type::kProjector, base(file.path)});
  for (const HubFile& file : choice.folder) parts.push_back({file, media_type::kFile, file.path});
  return parts;
}

}  // namespace

Status pull_hub(TransferSession& session) {
  const ModelName& name = session.name();
  session.tell("pulling manifest");
  HubClient hub = TRY(HubClient::open(session.http(), session.options().hub_endpoint,
                                      session.options().hub_token, name.space + '/' + name.model));
  const std::string commit = TRY(hub.find_commit(name.revision));
  const FileChoice choice = TRY(choose_files(TRY(hub.list_files(commit)), name.tag));
  const std::vector<Part> parts = parts_of(choice);
  std::vector<DownloadFile> files;
  for (const Part& part : parts) {
    files.push_back(
        {.name = hub.repository() + '/' + part.file.path,
         .num_bytes = part.file.num_bytes,
         .locate = [&hub, &commit, path = part.file.path] { return hub.locate_file(commit, path); },
         .sha256 = part.file.sha256,
         .git_sha1 = part.file.git_sha1,
         .identity = hub.repository() + '@' + commit});
  }
  const TransferSession::Files fetched = TRY(session.fetch(files));
  Manifest manifest{.origin = std::string(kHubHost) + '/' + hub.repository() + '@' + commit};
  for (size_t i = 0; i < parts.size(); ++i) {
    manifest.layers.push_back({.media_type = std::string(parts[i].media_type),
                               .digest = fetched.digests[i],
                               .num_bytes = parts[i].file.num_bytes,
                               .name = parts[i].name});
  }
  manifest.config = TRY(put_config(session.store().blobs(), choice, manifest.layers));
  manifest.write();
  return session.finish(manifest);
}

}  // namespace hearth::transfer
