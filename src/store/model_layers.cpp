#include "store/model_layers.h"

#include <nlohmann/json.hpp>

namespace hearth {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxTextSize = size_t(1) << 20, kMaxNesting = 16;

Status check_there(const Layer& layer, const ModelName& name, const BlobStore& blobs) {
  if (blobs.has(layer.digest, layer.num_bytes)) return {};
  return fail_hint(ErrorCode::kCorruptData, "pull or import it again",
                   "of the model {} a file is missing or not whole: {} ({} bytes)", name.text(),
                   blobs.path(layer.digest).string(), layer.num_bytes);
}

/// Text that is JSON of the right kind, and not nested so deep that reading it costs much.
Result<std::string> checked_json(std::string text, Json::value_t kind, std::string_view what) {
  bool is_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t, Json&) {
    is_deep = is_deep || depth > int(kMaxNesting);
    return !is_deep;
  };
  const Json json = Json::parse(text, watch, false);
  if (!is_deep && json.type() == kind) return text;
  return fail(ErrorCode::kCorruptData, "the {} of the model are not as they should be", what);
}

Status read_text_layer(const Layer& layer, const BlobStore& blobs, StoredModel& model) {
  const std::string_view type = layer.media_type;
  const bool is_text = type == media_type::kTemplate || type == media_type::kSystem ||
                       type == media_type::kParameters || type == media_type::kMessages ||
                       type == media_type::kLicense;
  if (!is_text) return {};
  std::string text = TRY(blobs.read(layer.digest, kMaxTextSize));
  if (type == media_type::kTemplate) {
    model.chat_template = std::move(text);
  } else if (type == media_type::kSystem) {
    model.system = std::move(text);
  } else if (type == media_type::kParameters) {
    model.parameters = TRY(checked_json(std::move(text), Json::value_t::object, "parameters"));
  } else if (type == media_type::kMessages) {
    model.messages = TRY(checked_json(std::move(text), Json::value_t::array, "messages"));
  } else {
    model.licenses.push_back(std::move(text));
  }
  return {};
}

void place_file_layer(const Layer& layer, const BlobStore& blobs, StoredModel& model) {
  if (layer.media_type == media_type::kAdapter) {
    model.adapters.push_back(blobs.path(layer.digest));
  } else if (layer.media_type == media_type::kProjector) {
    model.projector = blobs.path(layer.digest);
  } else if (layer.media_type == media_type::kDraft) {
    model.draft = blobs.path(layer.digest);
  }
}

}  // namespace

Result<StoredModel> read_model_layers(const ModelName& name, const Manifest& manifest, const BlobStore& blobs,
                                      const Snapshots& snapshots) {
  StoredModel model{.name = name, .manifest = manifest};
  if (manifest.config) TRY(check_there(*manifest.config, name, blobs));
  for (const Layer& layer : manifest.layers) {
    TRY(check_there(layer, name, blobs));
    TRY(read_text_layer(layer, blobs, model));
    place_file_layer(layer, blobs, model);
  }
  if (Snapshots::needs(manifest)) {
    model.path = TRY(snapshots.open(manifest));
  } else if (const Layer* weights = manifest.find(media_type::kModel)) {
    model.path = blobs.path(weights->digest);
  } else {
    return fail(ErrorCode::kUnsupported, "the model {} has no weights in a form that can be read",
                name.text());
  }
  return model;
}

}  // namespace hearth
