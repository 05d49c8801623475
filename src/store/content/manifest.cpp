#include "store/content/manifest.h"

#include <algorithm>
#include <span>

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "store/content/layer_name.h"

namespace hearth {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr size_t kMaxDepth = 16, kMaxMediaTypeBytes = 255, kMaxOriginBytes = 4096;
constexpr uint64_t kMaxBytes = uint64_t(1) << 53;
constexpr int kSchemaVersion = 2;
constexpr std::string_view kTitle = "org.opencontainers.image.title", kOrigin = "vnd.hearth.origin";
constexpr std::string_view kManifestLists[] = {"application/vnd.oci.image.index.v1+json",
                                               "application/vnd.docker.distribution.manifest.list.v2+json"};

/// How deep brackets go outside of texts: the tree of a document costs many times its size.
size_t depth_of(std::string_view json) {
  size_t depth = 0, deepest = 0;
  bool in_text = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') in_text = !in_text;
    if (in_text) {
      if (c == '\\') ++i;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

/// A member of an object, of the right kind where it is there.
template <typename T>
Result<const T*> member(const Json& object, std::string_view key, std::string_view where) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return nullptr;
  if (const auto* value = found->template get_ptr<const T*>()) return value;
  return fail(ErrorCode::kCorruptData, "{}{} of the manifest is of the wrong type", where, key);
}

template <typename T>
Result<const T*> required(const Json& object, std::string_view key, std::string_view where) {
  const T* value = TRY(member<T>(object, key, where));
  if (value == nullptr) return fail(ErrorCode::kCorruptData, "the manifest has no {}{}", where, key);
  return value;
}

Result<std::string> annotation(const Json& object, std::string_view key, std::string_view where) {
  if (TRY(member<Json::object_t>(object, "annotations", where)) == nullptr) return std::string();
  const auto* value =
      TRY(member<Json::string_t>(object["annotations"], key, fmt::format("{}annotations.", where)));
  return value == nullptr ? std::string() : *value;
}

Result<std::string> media_type_of(const Json& object, const std::string& where) {
  const auto& type = *TRY(required<Json::string_t>(object, "mediaType", where));
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7f'; };
  if (type.empty() || type.size() > kMaxMediaTypeBytes || !std::ranges::all_of(type, is_plain)) {
    return fail(ErrorCode::kCorruptData, "{}mediaType of the manifest is no media type: {}", where,
                hearth::quoted(type));
  }
  return type;
}

Result<Layer> parse_layer(const Json& object, const std::string& where) {
  if (!object.is_object()) return fail(ErrorCode::kCorruptData, "{} of the manifest is no object", where);
  const std::string prefix = where + ".";
  const std::string media_type = TRY(media_type_of(object, prefix));
  const auto digest = BlobDigest::parse(*TRY(required<Json::string_t>(object, "digest", prefix)));
  if (!digest) {
    return fail(ErrorCode::kCorruptData, "{}digest of the manifest: {}", prefix, digest.error().message);
  }
  const auto num_bytes = *TRY(required<Json::number_unsigned_t>(object, "size", prefix));
  if (num_bytes > kMaxBytes) {
    return fail(ErrorCode::kCorruptData, "{}size of the manifest is beyond 2^53", prefix);
  }
  Layer layer{.media_type = media_type, .digest = *digest, .num_bytes = num_bytes};
  layer.name = TRY(annotation(object, kTitle, prefix));
  if (!layer.name.empty()) TRY(check_layer_name(layer.name));
  return layer;
}

/// Every name is one file: none stands twice, or is a folder of another.
Status check_names(const std::vector<Layer>& layers) {
  std::vector<std::string> names;
  for (const Layer& layer : layers) {
    // The slash puts a folder right before what is in it.
    if (!layer.name.empty()) names.push_back(layer.name + "/");
  }
  std::ranges::sort(names);
  for (size_t i = 1; i < names.size(); ++i) {
    if (names[i].starts_with(names[i - 1])) {
      return fail(ErrorCode::kCorruptData, "two layers of the manifest are in each other's way: {}",
                  hearth::quoted(names[i]));
    }
  }
  return {};
}

Status check_kind(const Json& object) {
  if (const auto* version = TRY(member<Json::number_unsigned_t>(object, "schemaVersion", ""));
      version != nullptr && *version != kSchemaVersion) {
    return fail(ErrorCode::kUnsupported, "the manifest is of schema version {}; {} is read", *version,
                kSchemaVersion);
  }
  const auto* type = TRY(member<Json::string_t>(object, "mediaType", ""));
  if (type != nullptr && std::ranges::find(kManifestLists, *type) != std::ranges::end(kManifestLists)) {
    return fail(ErrorCode::kUnsupported, "this is a list of manifests ({}), not one", *type);
  }
  return {};
}

OrderedJson to_json(const Layer& layer) {
  OrderedJson json = {
      {"mediaType", layer.media_type}, {"digest", layer.digest.text()}, {"size", layer.num_bytes}};
  if (!layer.name.empty()) json["annotations"] = {{kTitle, layer.name}};
  return json;
}

}  // namespace

Result<Manifest> Manifest::parse(std::string_view text) {
  if (text.size() > kMaxManifestSize) {
    return fail(ErrorCode::kResourceLimit, "the manifest is larger than the limit of {} bytes",
                kMaxManifestSize);
  }
  if (depth_of(text) > kMaxDepth) {
    return fail(ErrorCode::kResourceLimit, "the manifest is nested deeper than {}", kMaxDepth);
  }
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return fail(ErrorCode::kCorruptData, "the manifest is no JSON object");
  TRY(check_kind(json));
  Manifest manifest;
  manifest.text = text;
  if (const auto config = json.find("config"); config != json.end() && !config->is_null()) {
    manifest.config = TRY(parse_layer(*config, "config"));
  }
  uint64_t sum = manifest.config ? manifest.config->num_bytes : 0;
  for (const Json& layer : *TRY(required<Json::array_t>(json, "layers", ""))) {
    manifest.layers.push_back(TRY(parse_layer(layer, fmt::format("layers[{}]", manifest.layers.size()))));
    sum += manifest.layers.back().num_bytes;
    if (sum > kMaxBytes) return fail(ErrorCode::kCorruptData, "the manifest's sizes come to more than 2^53");
  }
  TRY(check_names(manifest.layers));
  manifest.origin = TRY(annotation(json, kOrigin, ""));
  if (manifest.origin.size() > kMaxOriginBytes) {
    return fail(ErrorCode::kCorruptData, "annotations.{} of the manifest is too long", kOrigin);
  }
  return manifest;
}

void Manifest::write() {
  OrderedJson json = {{"schemaVersion", kSchemaVersion}, {"mediaType", media_type::kManifest}};
  if (config) json["config"] = to_json(*config);
  json["layers"] = OrderedJson::array();
  for (const Layer& layer : layers) json["layers"].push_back(to_json(layer));
  if (!origin.empty()) json["annotations"] = {{kOrigin, origin}};
  text = json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

BlobDigest Manifest::digest() const { return BlobDigest(sha256(std::as_bytes(std::span(text)))); }

uint64_t Manifest::num_bytes() const {
  uint64_t sum = config ? config->num_bytes : 0;
  for (const Layer& layer : layers) sum += layer.num_bytes;
  return sum;
}

const Layer* Manifest::find(std::string_view media_type) const {
  const auto found = std::ranges::find(layers, media_type, &Layer::media_type);
  return found == layers.end() ? nullptr : &*found;
}

}  // namespace hearth
