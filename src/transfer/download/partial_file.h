#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "transfer/download/content_hash.h"
#include "transfer/download/journal.h"

namespace hearth::transfer {

/// A file that is being fetched: "KEY-partial", with its journal beside it. Whoever has it open holds its
/// lock: others, of this process or another, wait. What was written is found again after a crash. A thread of
/// its own syncs and hashes behind the writer: the digest of what is there in one piece from the beginning
/// grows along. For one writer.
class PartialFile {
 public:
  struct Spec {
    std::filesystem::path folder;
    std::string key;
    uint64_t num_bytes = 0;
    std::string validator = {};  ///< the ETag that bytes must be of; empty: the digest tells
    bool with_git = false;
  };
  /// Called while another holds it, with the bytes that that one has.
  using OnWait = std::function<void(uint64_t num_bytes)>;

  /// Errors: kIo, kNoSpace, kCancelled.
  static Result<std::unique_ptr<PartialFile>> open(Spec spec, const std::stop_token& stop,
                                                   const OnWait& on_wait);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  static std::filesystem::path path(const std::filesystem::path& folder, const std::string& key);
  const std::filesystem::path& path() const { return path_; }

  /// Takes room on the disk for all of it. Error: kNoSpace.
  Status reserve();
  /// Errors: kIo, kNoSpace; also those that syncing or hashing has met since.
  Status write(uint64_t offset, std::string_view bytes);
  /// Tells the journal of a range that was written.
  Status commit(uint64_t begin, uint64_t end);

  uint64_t size() const;  ///< bytes that are there
  uint64_t prefix_end() const;
  bool is_whole() const { return size() == spec_.num_bytes; }
  std::vector<std::pair<uint64_t, uint64_t>> gaps() const;

  /// Forgets what was fetched.
  Status restart(std::string validator);
  /// Waits for the digests of the whole file. Errors: kIo, kCancelled.
  Result<ContentHash::Digests> finish(const std::stop_token& stop);
  /// Removes the journal, and the file if it is still there.
  void discard();

 private:
  PartialFile(Spec spec, FileDescriptor fd);
  Status load();
  Status write_journal(const Journal& journal);
  Status append(std::string_view lines);
  void start_thread_behind();
  void stop_thread_behind();
  void work();
  Status sync(const std::vector<std::pair<uint64_t, uint64_t>>& ranges);
  Status hash(uint64_t begin, uint64_t end);

  Spec spec_;
  const std::filesystem::path path_, journal_path_;
  const std::string boot_ = current_boot();
  FileDescriptor fd_, journal_fd_;
  std::optional<ContentHash> hash_;  ///< the thread's, while it runs

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  RangeSet written_;                                    ///< guarded by mutex_
  std::vector<std::pair<uint64_t, uint64_t>> to_sync_;  ///< guarded by mutex_
  uint64_t hashed_ = 0;                                 ///< guarded by mutex_
  uint64_t told_ = 0;           ///< guarded by mutex_: prefix that the thread knows of
  std::optional<Error> error_;  ///< guarded by mutex_
  bool stopping_ = false;       ///< guarded by mutex_
  std::thread thread_;
};

/// Error: kNoSpace, where the file system of `folder` has fewer than `num_bytes` left.
Status require_space(const std::filesystem::path& folder, uint64_t num_bytes);
/// Bytes that a partial file takes of the disk by now.
uint64_t allocated_bytes(const std::filesystem::path& path);

}  // namespace hearth::transfer
