#include "server/ollama/create.h"

#include <filesystem>
#include <fstream>

#include "api/parameters/parameter_reader.h"
#include "base/printable.h"
#include "server/models/model_info.h"
#include "server/ollama/manage.h"
#include "store/modelfile/assemble.h"

namespace hearth::server {
namespace {

using api::Json;
using api::ParameterReader;

constexpr size_t kMaxText = size_t(1) << 20;
constexpr size_t kMaxFiles = 1024;
constexpr size_t kMaxMessages = 4096;

Status read_files(const Json* value, const std::string& path, std::map<std::string, BlobDigest>& out) {
  if (value == nullptr) return {};
  if (!value->is_object() || value->size() > kMaxFiles) {
    return fail(ErrorCode::kInvalidArgument, "{}: must be an object of at most {} digests by name", path,
                kMaxFiles);
  }
  for (const auto& [name, digest] : value->items()) {
    const auto parsed = digest.is_string()
                            ? BlobDigest::parse(digest.get_ref<const std::string&>())
                            : Result<BlobDigest>(fail(ErrorCode::kInvalidArgument, "is no text"));
    if (!parsed) {
      return fail(ErrorCode::kInvalidArgument, "{}: {} has no digest: {}", path, quoted(name, 100),
                  parsed.error().message);
    }
    out.emplace(name, *parsed);
  }
  return {};
}

Status read_licenses(const Json* value, Modelfile& file) {
  if (value == nullptr) return {};
  const Json list = value->is_string() ? Json::array({*value}) : *value;
  if (!list.is_array())
    return fail(ErrorCode::kInvalidArgument, "license: must be a text or an array of texts");
  for (const Json& one : list) {
    if (!one.is_string())
      return fail(ErrorCode::kInvalidArgument, "license: must be a text or an array of texts");
    file.licenses.push_back(one.get<std::string>());
  }
  return {};
}

Status read_messages(const Json* value, Modelfile& file) {
  if (value == nullptr) return {};
  if (!value->is_array() || value->size() > kMaxMessages) {
    return fail(ErrorCode::kInvalidArgument, "messages: must be an array of at most {}", kMaxMessages);
  }
  for (size_t i = 0; i < value->size(); ++i) {
    auto message = TRY(ParameterReader::of((*value)[i], fmt::format("messages[{}]", i)));
    const std::string role = TRY(message.text("role", 64)).value_or("");
    if (role != "system" && role != "user" && role != "assistant") {
      return fail(ErrorCode::kInvalidArgument, "{}: must be system, user or assistant",
                  message.path_of("role"));
    }
    file.messages.push_back({role, TRY(message.text("content", kMaxText)).value_or("")});
  }
  return {};
}

/// A blob as a layer of a model. Error: kNotFound.
Result<Layer> layer_of(ModelStore& store, const std::string& name, const BlobDigest& digest,
                       std::string_view media_type) {
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(store.blobs().path(digest), error);
  if (error) return fail(ErrorCode::kNotFound, "blob {} not found", quoted(digest.text(), 100));
  Layer layer{.media_type = std::string(media_type), .digest = digest, .num_bytes = size};
  if (media_type == media_type::kFile) layer.name = name;
  return layer;
}

bool is_gguf(const std::filesystem::path& path) {
  std::array<char, 4> magic{};
  std::ifstream(path, std::ios::binary).read(magic.data(), magic.size());
  return std::string_view(magic.data(), magic.size()) == "GGUF";
}

Result<std::vector<Layer>> layers_of(const CreateRequest& request, ModelStore& store) {
  std::vector<Layer> layers;
  for (const auto& [name, digest] : request.files) {
    const bool gguf = is_gguf(store.blobs().path(digest));
    layers.push_back(TRY(layer_of(store, name, digest, gguf ? media_type::kModel : media_type::kFile)));
  }
  for (const auto& [name, digest] : request.adapters) {
    layers.push_back(TRY(layer_of(store, name, digest, media_type::kAdapter)));
  }
  return layers;
}

/// The config that Ollama's lists show, of a model of one GGUF file. Empty: the base's, or none.
std::string config_of(const std::vector<Layer>& layers, ModelStore& store) {
  for (const Layer& layer : layers) {
    if (layer.media_type != media_type::kModel) continue;
    const auto info = read_model_info(store.blobs().path(layer.digest), false);
    if (!info) return {};
    const ModelDetails& details = info->details;
    return api::dump_json({{"model_format", details.format},
                           {"model_family", details.family},
                           {"model_families", {details.family}},
                           {"model_type", details.parameter_size},
                           {"file_type", details.quantization_level},
                           {"architecture", "amd64"},
                           {"os", "linux"}});
  }
  return {};
}

/// The manifest of the model that another is made from, which is pulled where it is not there.
Result<Manifest> base_of(const ModelName& name, ModelStore& store, const ModelTransfers& transfers, Job& job,
                         const std::stop_token& stop) {
  auto manifest = store.manifest(name);
  if (manifest || manifest.error().code != ErrorCode::kNotFound) return manifest;
  if (!transfers.pull) return std::unexpected(model_not_found(name.text()));
  TRY(transfers.pull(
      {.name = name}, [&](const TransferProgress& progress) { job.tell(progress_json(progress)); }, stop));
  return store.manifest(name);
}

}  // namespace

Result<CreateRequest> read_create_request(const Json& body) {
  CreateRequest request{.name = TRY(parse_model_name(TRY(named_model(body)))), .parts = {}};
  auto reader = TRY(ParameterReader::of(body));
  if (const auto quantize = TRY(reader.text("quantize", 64)); quantize && !quantize->empty()) {
    return fail_hint(ErrorCode::kUnsupported, "give it a file of that type",
                     "quantize: models are taken with the types that their files have");
  }
  if (const auto from = TRY(reader.text("from", 1024)); from && !from->empty()) {
    request.from = TRY(parse_model_name(*from, "from"));
  }
  TRY(read_files(reader.find("files"), "files", request.files));
  TRY(read_files(reader.find("adapters"), "adapters", request.adapters));
  if (!request.from && request.files.empty()) {
    return fail(ErrorCode::kInvalidArgument, "neither 'from' or 'files' was specified");
  }
  Modelfile& file = request.parts;
  file.chat_template = TRY(reader.text("template", kMaxText));
  file.system = TRY(reader.text("system", kMaxText));
  TRY(read_licenses(reader.find("license"), file));
  TRY(read_messages(reader.find("messages"), file));
  if (const Json* parameters = reader.find("parameters")) {
    auto read = parameters_of_json(api::dump_json(*parameters));
    if (!read) return fail(ErrorCode::kInvalidArgument, "parameters: {}", read.error().message);
    file.parameters = *std::move(read);
    if (const auto known = file.parameters_json(); !known) {
      return fail(ErrorCode::kInvalidArgument, "parameters: {}", known.error().message);
    }
  }
  return request;
}

Status create_as_asked(const CreateRequest& request, ModelStore& store, const ModelTransfers& transfers,
                       Job& job, const std::stop_token& stop) {
  std::vector<BlobDigest> blobs;
  for (const auto& files : {request.files, request.adapters}) {
    for (const auto& [name, digest] : files) blobs.push_back(digest);
  }
  const BlobClaim claim = TRY(store.claim(blobs));
  ModelParts parts;
  if (request.from) parts.base = TRY(base_of(*request.from, store, transfers, job, stop));
  parts.files = TRY(layers_of(request, store));
  const std::string config = config_of(parts.files, store);
  for (const Layer& layer : parts.base ? parts.base->layers : parts.files) {
    job.tell({{"status", "using existing layer " + layer.digest.text()}});
  }
  const Manifest manifest = TRY(assemble_model(request.parts, std::move(parts), config, store.blobs()));
  job.tell({{"status", "writing manifest"}});
  TRY(store.put(request.name, manifest));
  job.tell({{"status", "success"}});
  return {};
}

}  // namespace hearth::server
