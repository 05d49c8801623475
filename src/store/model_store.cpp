#include "store/model_store.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include <sys/file.h>

#include "base/printable.h"
#include "base/system_error.h"
#include "store/content/folder_tree.h"
#include "store/content/references.h"
#include "store/content/snapshots.h"
#include "store/model_layers.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxSuggested = 5;
constexpr int kFolderDepth = 4;
constexpr std::string_view kOtherHubHost = "huggingface.co";

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

}  // namespace

class ModelStore::State {
 public:
  State(const fs::path& folder, LogSink log)
      : log_(std::move(log)),
        tree_(folder),
        manifests_(folder / "manifests"),
        blobs_(folder / "blobs"),
        snapshots_(folder) {}

  /// Writers take turns.
  Result<FileDescriptor> lock() const {
    FileDescriptor file = TRY(tree_.open_lock(".lock"));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
    log_(LogLevel::kDebug, "waiting for another program that writes to the store");
    while (::flock(file.get(), LOCK_EX) != 0) {
      if (errno != EINTR) return system_error(errno, "lock " + (tree_.root() / ".lock").string());
    }
    return file;
  }

  /// Where the manifest of just this name lies, whatever the case of its letters; nothing where there is
  /// none.
  Result<std::optional<fs::path>> locate_itself(const ModelName& name) const {
    const fs::path path = name.manifest_path();
    if (auto found = TRY(locate_below({}, path.begin(), path.end()))) return found;
    if (name.source != ModelSource::kHub) return std::nullopt;
    const fs::path other = kOtherHubHost / path.lexically_relative(*path.begin());
    return locate_below({}, other.begin(), other.end());
  }

  /// The same, and for a repository without a tag the one that is there.
  Result<std::optional<fs::path>> locate(const ModelName& name) const {
    if (auto found = TRY(locate_itself(name))) return found;
    if (name.source != ModelSource::kHub || !name.tag.empty() || !name.revision.empty()) return std::nullopt;
    return locate_only(name.manifest_path().parent_path());
  }

  Result<fs::path> require(const ModelName& name) const {
    if (const auto path = TRY(locate(name))) return *path;
    const std::vector<std::string> alike = names_like(name);
    std::string hint = fmt::format("`hearth pull {}` fetches it", name.text());
    if (!alike.empty()) hint += "; there is: " + joined(alike);
    return fail_hint(ErrorCode::kNotFound, hint, "there is no model {} in {}", name.text(),
                     tree_.root().string());
  }

  Result<Manifest> read_manifest(const fs::path& path) const {
    const std::string text = TRY(manifests_.read(path, kMaxManifestSize));
    auto manifest = Manifest::parse(text);
    if (manifest) return manifest;
    return fail_hint(manifest.error().code, "remove the model, and pull or import it again", "{}: {}",
                     (manifests_.root() / path).string(), manifest.error().message);
  }

  Result<StoredModel> read_model(const fs::path& path) const {
    const Manifest manifest = TRY(read_manifest(path));
    const ModelName name = TRY(ModelName::from_path(path, manifest.origin));
    StoredModel model = TRY(read_model_layers(name, manifest, blobs_, snapshots_));
    model.modified = TRY(manifests_.modified_s(path));
    return model;
  }

  /// Calls `visit` with what can be read; the rest is told.
  template <typename Visit>
  void for_each(const Visit& visit) const {
    const Status walked = for_each_manifest(manifests_, [&](const fs::path& path) -> Status {
      if (const Status seen = visit(path); !seen)
        log_(LogLevel::kWarning, visible_line(seen.error().message));
      return {};
    });
    if (!walked) log_(LogLevel::kWarning, visible_line(walked.error().message));
  }

  std::vector<ModelName> names() const {
    std::vector<ModelName> names;
    for_each([&](const fs::path& path) -> Status {
      const std::string text = TRY(manifests_.read(path, kMaxManifestSize));
      const auto manifest = Manifest::parse(text);
      names.push_back(TRY(ModelName::from_path(path, manifest ? manifest->origin : "")));
      return {};
    });
    return names;
  }

  Status put(const ModelName& name, Manifest manifest) {
    if (manifest.text.empty()) manifest.write();
    // Whoever made it: what is stored is held to the rules of what is read.
    manifest = TRY(Manifest::parse(manifest.text));
    const FileDescriptor held = TRY(lock());
    TRY(check_blobs(name, manifest));
    if (Snapshots::needs(manifest)) TRY(snapshots_.open(manifest));
    const auto former_path = TRY(locate_itself(name));
    const auto former = former_path ? manifests_.read(*former_path, kMaxManifestSize) : Result<std::string>();
    TRY(manifests_.write(former_path.value_or(name.manifest_path()), manifest.text));
    if (former && *former != manifest.text) release(*former);
    return {};
  }

  Status remove(const ModelName& name) {
    TRY(require(name));
    const FileDescriptor held = TRY(lock());
    const fs::path path = TRY(require(name));
    const auto former = manifests_.read(path, kMaxManifestSize);
    TRY(manifests_.remove(path));
    if (former) release(*former);
    return {};
  }

  Result<BlobClaim> claim(const std::vector<BlobDigest>& blobs) const {
    const FileDescriptor held = TRY(lock());
    return BlobClaim::make(tree_, blobs);
  }

  Result<uint64_t> collect(const GarbageAges& ages) {
    const FileDescriptor held = TRY(lock());
    References used = TRY(read_references(manifests_));
    used.blobs.merge(TRY(BlobClaim::all(tree_)));
    TRY(snapshots_.collect(used.manifests, ages.partial.count()));
    TRY(manifests_.tidy({}, kFolderDepth, ages.partial.count()));
    TRY(tree_.tidy("claims", 0, ages.partial.count()));
    return blobs_.collect(used.blobs, ages);
  }

  const LogSink log_;
  const FolderTree tree_, manifests_;
  BlobStore blobs_;
  const Snapshots snapshots_;

 private:
  using Part = fs::path::iterator;

  Result<std::optional<fs::path>> locate_below(const fs::path& folder, Part part, Part end) const {
    const auto names = manifests_.list(folder);
    if (!names && names.error().code == ErrorCode::kInvalidArgument) return std::nullopt;
    if (!names) return std::unexpected(names.error());
    std::vector<std::string> matches;
    for (const std::string& name : *names) {
      if (small_letters(name) == small_letters(part->native())) matches.push_back(name);
    }
    // What is written the same comes first.
    if (const auto same = std::ranges::find(matches, part->native()); same != matches.end()) {
      std::ranges::rotate(matches.begin(), same, same + 1);
    }
    const Part next = std::next(part);
    for (const std::string& name : matches) {
      if (next == end) return folder / name;
      if (auto found = TRY(locate_below(folder / name, next, end))) return found;
    }
    return std::nullopt;
  }

  /// Of a repository whose best file is asked for: the one that is there.
  Result<std::optional<fs::path>> locate_only(const fs::path& repository) const {
    const auto folder = TRY(locate_below({}, repository.begin(), repository.end()));
    if (!folder) return std::nullopt;
    const std::vector<std::string> tags = TRY(manifests_.list(*folder));
    return tags.size() == 1 ? std::optional(*folder / tags.front()) : std::nullopt;
  }

  /// Other tags of the model, or names that begin alike.
  std::vector<std::string> names_like(const ModelName& wanted) const {
    std::vector<std::string> alike;
    const std::string model = small_letters(wanted.model);
    for (const ModelName& name : names()) {
      const std::string other = small_letters(name.model);
      if (other.find(model) == std::string::npos && model.find(other) == std::string::npos) continue;
      alike.push_back(visible_line(name.text()));
      if (alike.size() == kMaxSuggested) break;
    }
    return alike;
  }

  Status check_blobs(const ModelName& name, const Manifest& manifest) const {
    std::vector<Layer> files = manifest.layers;
    if (manifest.config) files.push_back(*manifest.config);
    for (const Layer& file : files) {
      if (blobs_.has(file.digest, file.num_bytes)) continue;
      return fail(ErrorCode::kCorruptData, "{} cannot be stored: its file {} of {} bytes is not there",
                  name.text(), file.digest.text(), file.num_bytes);
    }
    return {};
  }

  /// Removes what a manifest that is gone named and no other does. What cannot be removed is left to
  /// `collect`.
  void release(const std::string& former) {
    const Status released = [&]() -> Status {
      References used = TRY(read_references(manifests_));
      used.blobs.merge(TRY(BlobClaim::all(tree_)));
      References gone;
      gone.add(former);
      for (const BlobDigest& manifest : gone.manifests) {
        if (!used.manifests.contains(manifest)) TRY(snapshots_.remove(manifest));
      }
      for (const BlobDigest& blob : gone.blobs) {
        if (used.blobs.contains(blob)) continue;
        const Status removed = blobs_.remove(blob);
        if (!removed && removed.error().code != ErrorCode::kNotFound) return removed;
      }
      return {};
    }();
    if (!released) log_(LogLevel::kWarning, visible_line(released.error().message));
  }
};

ModelStore::ModelStore(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<ModelStore>> ModelStore::open(fs::path folder, LogSink log) {
  if (folder.empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "set HEARTH_MODELS", "no folder for models is named");
  }
  std::error_code error;
  const fs::path whole = fs::absolute(folder, error);
  if (error) return system_error(error.value(), "use the folder " + folder.string());
  if (fs::exists(whole, error) && !fs::is_directory(whole, error)) {
    return fail_hint(ErrorCode::kInvalidArgument, "move it away, or name another place by HEARTH_MODELS",
                     "{} is not a folder", whole.string());
  }
  return std::unique_ptr<ModelStore>(
      new ModelStore(std::make_shared<State>(whole.lexically_normal(), std::move(log))));
}

const fs::path& ModelStore::folder() const { return state_->tree_.root(); }
BlobStore& ModelStore::blobs() { return state_->blobs_; }

std::vector<StoredModel> ModelStore::list() const {
  std::vector<StoredModel> models;
  state_->for_each([&](const fs::path& path) -> Status {
    models.push_back(TRY(state_->read_model(path)));
    return {};
  });
  const auto by_age = [](const StoredModel& model) {
    return std::pair(-model.modified, model.name.manifest_path());
  };
  std::ranges::sort(models, {}, by_age);
  return models;
}

std::vector<ModelName> ModelStore::names() const { return state_->names(); }

Result<StoredModel> ModelStore::find(const ModelName& name) const {
  return state_->read_model(TRY(state_->require(name)));
}

Result<Manifest> ModelStore::manifest(const ModelName& name) const {
  return state_->read_manifest(TRY(state_->require(name)));
}

Status ModelStore::put(const ModelName& name, const Manifest& manifest) {
  return state_->put(name, manifest);
}

Status ModelStore::copy(const ModelName& from, const ModelName& to) { return put(to, TRY(manifest(from))); }

Status ModelStore::remove(const ModelName& name) { return state_->remove(name); }

Result<BlobClaim> ModelStore::claim(const std::vector<BlobDigest>& blobs) { return state_->claim(blobs); }

Result<uint64_t> ModelStore::collect_garbage(const GarbageAges& ages) { return state_->collect(ages); }

}  // namespace hearth
