#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/stored_model.h"

namespace hearth::server {

/// Where the files of a model lie. Two with the same path are one model.
struct FoundModel {
  std::string name;
  std::filesystem::path path;        ///< what is opened: a GGUF file (its first part) or a folder
  std::filesystem::path draft = {};  ///< empty: none
  std::string digest = {};           ///< of its manifest, in hexadecimal; empty: loose files, without one
  uint64_t num_bytes = 0;            ///< of its files
  int64_t modified = 0;              ///< seconds since 1970
  std::shared_ptr<const StoredModel> stored = {};  ///< what the store says of it; null: loose files
};

/// A place in which models are found by name. Names come from clients: none leads to files elsewhere.
/// Thread-safe.
class ModelFinder {
 public:
  virtual ~ModelFinder() = default;
  virtual std::vector<FoundModel> list() const = 0;
  /// Error: kNotFound; what the place says of a model that it cannot give.
  virtual Result<FoundModel> find(std::string_view name) const = 0;
};

}  // namespace hearth::server
