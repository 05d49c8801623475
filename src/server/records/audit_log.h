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

/// A file of JSON lines, each with the SHA-256 of itself and of the one before ("prev", "hash"): a line that
/// is changed, left out or put in later shows, but for lines cut off at the end. One process writes a file at
/// a time; it is for its owner alone. Some kilobytes on the disk are held back, so that a log for which there
/// is no room can still say so. Thread-safe.
class AuditLog {
 public:
  /// Carries a log on, or begins one. A last line that was torn is set aside, in a file beside it and with a
  /// record in the chain; one that lacks its end alone gets it. `log` is told of both. Errors: those of
  /// `open_private_file`; kOverloaded where another process writes it; kCorruptData where it is no log of
  /// ours. Where the disk is too full for that it is begun by the first record for which there is room.
  static Result<std::unique_ptr<AuditLog>> open(const std::filesystem::path& path,
                                                const LogSink& log = no_log());
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  /// Begins it, where the disk was full. Errors: those of `open`, kNoSpace.
  Status begin();
  /// Sees to it that there is room for a record. Errors: those of `begin`.
  Status reserve();
  /// `record` is an object; numbering and hashes are added. With an error nothing of it is in the file.
  /// Errors: those of `begin`, kIo.
  Status append(const nlohmann::ordered_json& record);
  /// The same with the room that is held back, for what the log says of itself.
  Status append_from_reserve(const nlohmann::ordered_json& record);

  /// Records that are missing without the log saying so.
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
  FileDescriptor file_;                         ///< guarded by mutex_; open once it was begun
  std::optional<nlohmann::ordered_json> owed_;  ///< guarded by mutex_: a record that goes before all others
  uint64_t num_records_ = 0;                    ///< guarded by mutex_
  std::string last_hash_;                       ///< guarded by mutex_
  off_t reserved_until_ = 0;  ///< guarded by mutex_: the disk has room for the file up to there
  std::atomic<uint64_t> num_lost_ = 0;
  off_t torn_at_ = -1;  ///< guarded by mutex_: where a line begins that is to be cut off; -1: none
};

}  // namespace hearth::server
