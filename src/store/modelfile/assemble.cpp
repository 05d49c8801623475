#include "store/modelfile/assemble.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxTextSize = size_t(1) << 20;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// Layers in the making.
class Assembly {
 public:
  Assembly(std::vector<Layer> layers, BlobStore& blobs) : layers_(std::move(layers)), blobs_(blobs) {}

  void remove(std::string_view type) {
    std::erase_if(layers_, [&](const Layer& layer) { return layer.media_type == type; });
  }

  Status add_text(std::string_view type, const std::string& text) {
    if (text.size() > kMaxTextSize)
      return fail(ErrorCode::kResourceLimit, "a text of the model is longer than {} bytes", kMaxTextSize);
    layers_.push_back(
        {.media_type = std::string(type), .digest = TRY(blobs_.put(text)), .num_bytes = text.size()});
    return {};
  }

  /// An empty text takes the layer away.
  Status replace_text(std::string_view type, const std::optional<std::string>& text) {
    if (!text) return {};
    remove(type);
    return text->empty() ? Status() : add_text(type, *text);
  }

  /// New files take the place of those of their kind.
  void replace_files(const std::vector<Layer>& files) {
    const auto is_weights = [](const Layer& layer) {
      return layer.media_type == media_type::kModel || layer.media_type == media_type::kFile;
    };
    for (const Layer& file : files) {
      std::erase_if(layers_, [&](const Layer& layer) {
        return layer.media_type == file.media_type || (is_weights(layer) && is_weights(file));
      });
    }
    layers_.insert(layers_.begin(), files.begin(), files.end());
  }

  Status replace_parameters(const Modelfile& file) {
    Json given = Json::parse(TRY(file.parameters_json()));
    if (given.empty()) return {};
    const auto at = std::ranges::find(layers_, media_type::kParameters,
                                      [](const Layer& l) { return std::string_view(l.media_type); });
    if (at != layers_.end()) {
      const std::string text = TRY(blobs_.read(at->digest, kMaxTextSize));
      const Json before = Json::parse(text, nullptr, false);
      if (!before.is_object())
        return fail(ErrorCode::kCorruptData, "the base's parameters are no JSON object");
      for (const auto& [name, value] : before.items()) {
        if (!given.contains(name)) given[name] = value;
      }
    }
    remove(media_type::kParameters);
    return add_text(media_type::kParameters, dump(given));
  }

  Status replace_messages(const std::vector<Modelfile::Message>& messages) {
    if (messages.empty()) return {};
    Json json = Json::array();
    for (const auto& [role, content] : messages) json.push_back({{"role", role}, {"content", content}});
    remove(media_type::kMessages);
    return add_text(media_type::kMessages, dump(json));
  }

  Status replace_licenses(const std::vector<std::string>& licenses) {
    if (!licenses.empty()) remove(media_type::kLicense);
    for (const std::string& text : licenses) TRY(add_text(media_type::kLicense, text));
    return {};
  }

  std::vector<Layer> take() { return std::move(layers_); }

 private:
  std::vector<Layer> layers_;
  BlobStore& blobs_;
};

}  // namespace

Result<Manifest> assemble_model(const Modelfile& file, ModelParts parts, std::string_view config,
                                BlobStore& blobs) {
  Manifest manifest;
  if (parts.base) {
    manifest.config = parts.base->config;
    manifest.origin = parts.base->origin;
  }
  Assembly assembly(parts.base ? std::move(parts.base->layers) : std::vector<Layer>(), blobs);
  assembly.replace_files(parts.files);
  TRY(assembly.replace_text(media_type::kTemplate, file.chat_template));
  TRY(assembly.replace_text(media_type::kSystem, file.system));
  TRY(assembly.replace_parameters(file));
  TRY(assembly.replace_messages(file.messages));
  TRY(assembly.replace_licenses(file.licenses));
  manifest.layers = assembly.take();
  if (!config.empty()) {
    manifest.config = Layer{.media_type = std::string(media_type::kConfig),
                            .digest = TRY(blobs.put(config)),
                            .num_bytes = config.size()};
  }
  manifest.write();
  return manifest;
}

}  // namespace hearth
