#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "store/content/blob_claim.h"
#include "store/content/blob_store.h"
#include "store/content/manifest.h"
#include "store/names/model_name.h"
#include "store/stored_model.h"

namespace hearth {

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
  /// The names of all manifests, in order, without a look into what they are of.
  std::vector<ModelName> names() const;
  /// Errors: kNotFound with what is like it; kCorruptData where blobs are missing (remedy: pull again).
  Result<StoredModel> find(const ModelName& name) const;
  /// The manifest of a name, whether or not its blobs are there. Errors: as `find`.
  Result<Manifest> manifest(const ModelName& name) const;
  /// Publishes a manifest all of whose blobs are there; replaces the one of that name, whose blobs go where
  /// nobody else uses them. Error: kCorruptData where a blob is missing.
  Status put(const ModelName& name, const Manifest& manifest);
  Status copy(const ModelName& from, const ModelName& to);
  /// Removes the name, and blobs that no manifest names. Error: kNotFound.
  Status remove(const ModelName& name);
  /// Keeps blobs from being removed as long as the claim lives: for who puts a model together.
  Result<BlobClaim> claim(const std::vector<BlobDigest>& blobs);
  /// Removes blobs, partial downloads and snapshots that nothing names and that are old enough. Returns bytes
  /// freed. Error: kIo, also where a manifest cannot be read.
  Result<uint64_t> collect_garbage(const GarbageAges& ages = {});

 private:
  class State;
  explicit ModelStore(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace hearth
