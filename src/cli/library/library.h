#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "store/model_store.h"

// What the commands about stored models share.

namespace hearth::cli {

/// The store of this user. Errors: those of `open_user_store`.
Result<std::unique_ptr<ModelStore>> open_library();

/// Prints a document as ASCII, whatever texts of files it holds.
void print_json(const nlohmann::ordered_json& json);

/// The first digits of a model's identity.
std::string short_id(const StoredModel& model);

/// A time as programs read it: "2026-01-31T12:00:00Z".
std::string time_text(int64_t seconds);

/// Shows on a terminal how far a file is read, at most a few times a second.
class FileProgress {
 public:
  void show(const std::filesystem::path& file, uint64_t num_bytes);
  ~FileProgress();

 private:
  std::chrono::steady_clock::time_point shown_ = {};
  bool is_shown_ = false;
};

}  // namespace hearth::cli
