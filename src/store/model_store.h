#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "store/content/blob_store.h"
#include "store/content/manifest.h"
#include "store/names/model_name.h"

namespace hearth {

/// A model of the store, with what its small layers say.
struct StoredModel {
  ModelName name;
  Manifest manifest;
  int64_t modified = 0;  ///< seconds since 1970: when the manifest was written

  std::filesystem::path path;                   ///< what is opened: a GGUF file (its first part) or a folder
  std::vector<std::filesystem::path> adapters;  ///< LoRA, in order
  std::filesystem::path projector;              ///< empty: none
  std::filesystem::path draft;                  ///< empty: none
  std::optional<std::string> chat_template = {};  ///< Go's, or Jinja's
  std::optional<std::string> system = {};
  std::string parameters = {};  ///< JSON object of Ollama's options; empty: none
  std::string messages = {};    ///< JSON array of {"role", "content"}; empty: none
  std::vector<std::string> licenses = {};
};

/// Models by name: below one folder, laid out as Ollama lays out its own, so that either reads the other's:
///   manifests/HOST/SPACE/MODEL/TAG   blobs/sha256-HEX   snapshots/HEX/ (links that give files their names)
/// Writers of several processes take turns by a lock file; a reader sees a manifest whole or not at all, and
/// one whose blobs are all there. Thread-safe.
class ModelStore {
 public:
  /// Makes nothing: folders are made by the first write. A folder that cannot be written serves readers.
  static Result<std::unique_ptr<ModelStore>> open(std::filesystem::path folder, LogSink log);

  const std::filesystem::path& folder() const;
  BlobStore& blobs();

  /// Newest first. What cannot be read is told to `log` and left out.
  std::vector<StoredModel> list() const;
  /// Errors: kNotFound with what is like it; kCorruptData where blobs are missing (remedy: pull again).
  Result<StoredModel> find(const ModelName& name) const;
  /// Publishes a manifest all of whose blobs are there; replaces the one of that name, whose blobs go where
  /// nobody else uses them.
  Status put(const ModelName& name, const Manifest& manifest);
  Status copy(const ModelName& from, const ModelName& to);
  /// Removes the name, and blobs that no manifest names. Error: kNotFound.
  Status remove(const ModelName& name);
  /// Removes blobs, partial downloads older than a week and snapshots that nothing names. Returns bytes
  /// freed.
  Result<uint64_t> collect_garbage();

 private:
  class State;
  explicit ModelStore(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace hearth
