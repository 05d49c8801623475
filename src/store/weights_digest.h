#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "base/log.h"
#include "base/sha256.h"

namespace hearth {

/// Says which weights a model has: a digest over every byte of all its files. It is found out by a thread of
/// the lowest priority, which stops at once when the object goes, and remembered on disk by the files' state,
/// so that it is found out once. What counts is the open file, whatever its name leads to by now: files that
/// change in place while they are open never get a digest. Thread-safe; the files must outlive it.
class WeightsDigest {
 public:
  /// `memory`: the file in which digests are remembered; empty: none.
  WeightsDigest(std::vector<const MappedFile*> files, std::filesystem::path memory, LogSink log);
  ~WeightsDigest();
  WeightsDigest(const WeightsDigest&) = delete;
  WeightsDigest& operator=(const WeightsDigest&) = delete;

  /// The digest in hexadecimal; nothing where it is not known yet, or never will be.
  std::optional<std::string> get() const;
  /// Waits until it is known that there is a digest, or that there is none.
  std::optional<std::string> wait() const;
  /// Bytes that were read for it.
  uint64_t num_bytes_read() const { return num_bytes_read_; }

 private:
  void find_out();
  std::optional<Sha256Digest> digest_of(const MappedFile& file);
  std::optional<Sha256Digest> read_through(const MappedFile& file);
  bool wait_until_settled(const FileStamp& stamp);

  const std::vector<const MappedFile*> files_;
  const std::filesystem::path memory_;
  const LogSink log_;
  std::atomic<uint64_t> num_bytes_read_ = 0;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool stopping_ = false;              ///< guarded by mutex_
  bool done_ = false;                  ///< guarded by mutex_
  std::optional<std::string> digest_;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace hearth
