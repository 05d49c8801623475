#include "store/modelfile/create_model.h"

#include <optional>
#include <vector>

#include "store/model_path.h"
#include "store/modelfile/assemble.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

/// The path that an argument means, if there is something.
std::optional<fs::path> path_of(const std::string& argument, const fs::path& folder) {
  fs::path path = argument;
  if (argument == "~" || argument.starts_with("~/")) {
    const auto home = process_environment()("HOME");
    if (home) path = fs::path(*home) / argument.substr(std::min(size_t(2), argument.size()));
  }
  if (path.is_relative()) path = folder / path;
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  return path;
}

bool looks_like_path(std::string_view argument) {
  return argument.starts_with('/') || argument.starts_with('.') || argument.starts_with('~') ||
         argument.ends_with(".gguf") || argument.ends_with(".safetensors");
}

class Creation {
 public:
  Creation(const Modelfile& file, ModelStore& store, const CreateOptions& options)
      : file_(file), store_(store), options_(options) {}

  Result<Manifest> make() {
    for (const std::string& from : file_.from) TRY(add_weights(from));
    for (const std::string& adapter : file_.adapters) TRY(add_file(adapter, media_type::kAdapter, "ADAPTER"));
    for (const std::string& draft : file_.drafts) TRY(add_draft(draft));
    return assemble_model(file_, std::move(parts_), "", store_.blobs());
  }

 private:
  void tell(std::string_view status) const {
    if (options_.progress) options_.progress(status);
  }

  Status add_weights(const std::string& from) {
    if (const auto path = path_of(from, options_.folder)) {
      std::vector<FoundFiles> models = TRY(models_at(*path));
      if (models.size() != 1) {
        return fail_hint(ErrorCode::kInvalidArgument, "name one of its files", "FROM {}: there are {} models",
                         from, models.size());
      }
      return add_files(models.front());
    }
    if (looks_like_path(from)) return nothing_at("FROM", from);
    if (parts_.base) return fail(ErrorCode::kInvalidArgument, "FROM {}: a model has one base", from);
    const StoredModel base = TRY(find(from));
    tell("using existing layers of " + base.name.text());
    std::vector<BlobDigest> blobs;
    for (const Layer& layer : base.manifest.layers) blobs.push_back(layer.digest);
    if (base.manifest.config) blobs.push_back(base.manifest.config->digest);
    claims_.push_back(TRY(store_.claim(blobs)));
    parts_.base = base.manifest;
    return {};
  }

  Result<StoredModel> find(const std::string& text) const {
    const ModelName name = TRY(ModelName::parse(text));
    auto model = store_.find(name);
    if (model || model.error().code != ErrorCode::kNotFound || !options_.fetch) return model;
    TRY(options_.fetch(name));
    return store_.find(name);
  }

  Status add_files(const FoundFiles& found) {
    ImportedLayers imported = TRY(import_layers(found, store_, options_.import));
    for (BlobClaim& claim : imported.claims) claims_.push_back(std::move(claim));
    for (Layer& layer : imported.layers) {
      tell("creating new layer " + layer.digest.text());
      parts_.files.push_back(std::move(layer));
    }
    return {};
  }

  Status add_file(const std::string& argument, std::string_view type, std::string_view instruction) {
    const auto path = path_of(argument, options_.folder);
    if (!path) return nothing_at(instruction, argument);
    FoundFiles found{.name = {}, .files = {{.path = *path, .media_type = std::string(type)}}};
    return add_files(found);
  }

  Status add_draft(const std::string& draft) {
    if (path_of(draft, options_.folder) || looks_like_path(draft))
      return add_file(draft, media_type::kDraft, "DRAFT");
    const StoredModel model = TRY(find(draft));
    const Layer* weights = model.manifest.find(media_type::kModel);
    if (weights == nullptr)
      return fail(ErrorCode::kUnsupported, "DRAFT {}: a draft model must be a single GGUF file", draft);
    claims_.push_back(TRY(store_.claim({weights->digest})));
    parts_.files.push_back(*weights);
    parts_.files.back().media_type = media_type::kDraft;
    return {};
  }

  static Status nothing_at(std::string_view instruction, const std::string& argument) {
    return fail_hint(ErrorCode::kNotFound, "paths are relative to the folder of the Modelfile",
                     "{} {}: there is no such file", instruction, argument);
  }

  const Modelfile& file_;
  ModelStore& store_;
  const CreateOptions& options_;
  ModelParts parts_;
  std::vector<BlobClaim> claims_;  ///< until the manifest names all
};

}  // namespace

Status create_model(const ModelName& name, const Modelfile& file, ModelStore& store,
                    const CreateOptions& options) {
  Creation creation(file, store, options);
  const Manifest manifest = TRY(creation.make());
  if (options.progress) options.progress("writing manifest");
  return store.put(name, manifest);
}

}  // namespace hearth
