#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace hearth {

/// A file of JSON lines, each with the SHA-256 of itself and of the one before ("prev", "hash"): a line that
/// is changed, left out or put in later shows, but for lines cut off at the end. One process writes a file at
/// a time. Thread-safe.
class AuditLog {
 public:
  /// Carries a log on, or begins one. A last line that a crash has torn is removed. Errors: kIo;
  /// kOverloaded where another process writes it; kCorruptData where its last line is none of ours.
  static Result<std::unique_ptr<AuditLog>> open(const std::filesystem::path& path);
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  /// `record` is an object; numbering and hashes are added. Error: kIo.
  Status append(const nlohmann::ordered_json& record);

 private:
  AuditLog(int file, uint64_t num_records, std::string last_hash)
      : file_(file), num_records_(num_records), last_hash_(std::move(last_hash)) {}

  std::mutex mutex_;
  const int file_;
  uint64_t num_records_;   ///< guarded by mutex_
  std::string last_hash_;  ///< guarded by mutex_
};

struct AuditSummary {
  uint64_t num_records = 0;
  std::string last_hash;  ///< kept elsewhere, it shows whether lines were cut off at the end
};

/// Checks a whole log. Error: kCorruptData naming the first line that is wrong.
Result<AuditSummary> verify_audit_log(const std::filesystem::path& path);

}  // namespace hearth
