#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>
#include <sys/types.h>

#include "base/file_descriptor.h"
#include "base/log.h"
#include "base/result.h"

namespace hearth::server {

/// A file of JSON lines in a hash chain (SHA-256, "prev" and "hash"): changes, removals and insertions are
/// detected, truncation at the end is not. Written by one process at a time, readable by its owner only. Some
/// disk space is preallocated, so that a full disk can still be recorded. Thread-safe.
class AuditLog {
 public:
  /// Continues a log or begins one. A torn last line is moved to a file beside it and recorded in the chain;
  /// a missing line break is added; both are reported to `log`. On a full disk it begins with the first
  /// record for which there is room. Errors: those of `open_private_file`; kOverloaded where another process
  /// writes it; kCorruptData where it is not an audit log.
  static Result<std::unique_ptr<AuditLog>> open(const std::filesystem::path& path,
                                                const LogSink& log = no_log());
  /// Flushes it.
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  /// Begins it, if the disk was full before. Errors: those of `open`, kNoSpace.
  Status begin();
  /// Reserves room for a record. Errors: those of `begin`.
  Status reserve();
  /// Appends an object, with number and hashes. With an error nothing of it is in the file.
  /// Errors: those of `begin`, kIo.
  Status append(const nlohmann::ordered_json& record);
  /// The same with the preallocated space, for records about the log itself.
  Status append_from_reserve(const nlohmann::ordered_json& record);

  /// Flushes the appended records to the disk, and may block for long. Error: kIo.
  Status sync();
  /// Whether there is nothing to flush.
  bool is_synced() const { return synced_; }

  /// Missing records that the log does not account for.
  void note_lost(uint64_t num_records) { num_lost_ += num_records; }
  uint64_t num_lost() const { return num_lost_; }

 private:
  struct Tail;
  enum class Room : uint8_t { kFree, kReserved };

  AuditLog(std::filesystem::path path, LogSink log);
  Status begin_locked();
  Status carry_on();
  Result<Tail> read_tail() const;
  Status heal(const Tail& tail);
  Status pay();
  Status add(const nlohmann::ordered_json& record, Room room);
  Status write(std::string_view text);
  Result<off_t> size() const;
  Status make_room(size_t num_bytes);
  Status cut_back(off_t size);

  const std::filesystem::path path_;
  const LogSink log_;
  std::mutex mutex_;
  FileDescriptor file_;  ///< guarded by mutex_; open once it was begun
  std::optional<nlohmann::ordered_json>
      owed_;                  ///< guarded by mutex_: a record to be written before any other
  uint64_t num_records_ = 0;  ///< guarded by mutex_
  std::string last_hash_;     ///< guarded by mutex_
  off_t reserved_until_ = 0;  ///< guarded by mutex_: the disk has room for the file up to there
  std::atomic<uint64_t> num_lost_ = 0;
  std::atomic<bool> synced_ = true;
  off_t torn_at_ = -1;  ///< guarded by mutex_: begin of a line that has to be truncated; -1: none
};

}  // namespace hearth::server
