#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "engine/cache/block_memory.h"
#include "engine/cache/prefix_cache.h"

namespace hearth {

struct ColdStoreOptions {
  std::filesystem::path folder;  ///< made where it is missing, for its owner alone
  size_t max_bytes = 0;          ///< of all its files
  LogSink log = no_log();
};

/// Keeps KV blocks in files, one each, so that they outlive eviction and the process. A file is written
/// beside its place and moved there, and verified when it is read; one that is damaged or of another block is
/// removed. Beyond the budget the least recently used are removed, also those of other models that share the
/// folder. The last room on a disk is left free. Keeps and finds nothing until it is identified. One thread
/// writes files, and drops blocks that come faster than it writes; another fetches: it reads and verifies
/// ahead. Its methods are for one thread at a time; `memory` must outlive it.
class ColdStore final : public ColdBlocks {
 public:
  /// A folder that a full disk has no room for is made when it has. Errors: kIo for one that cannot be made
  /// or read.
  static Result<std::unique_ptr<ColdStore>> open(ColdStoreOptions options, BlockMemory& memory);
  /// Writes what is queued.
  ~ColdStore() override;
  ColdStore(const ColdStore&) = delete;
  ColdStore& operator=(const ColdStore&) = delete;

  /// From now on blocks of this model and cache format are kept and found, and no others.
  void identify(std::string_view identity);
  bool is_identified() const;

  void save(const BlockKey& key, std::span<const TokenId> tokens, std::span<const BlockId> blocks) override;
  uint32_t groups_of(const BlockKey& key) override;
  void fetch(std::span<const BlockKey> keys) override;
  bool is_fetched(const BlockKey& key) override;
  bool load(const BlockKey& key, std::span<const TokenId> tokens, std::span<const BlockId> blocks) override;

  /// Waits until the queue has room for a block.
  void wait_for_room();
  /// Waits until all blocks are written.
  void flush();

  size_t num_bytes() const;
  /// Whether the last write failed. Any thread.
  bool is_failing() const { return writes_fail_; }

 private:
  struct File {
    std::string name;
    size_t num_bytes;
  };
  using Order = std::list<File>;  ///< least recently used first
  struct Known {
    uint32_t groups;
    Order::iterator file;
  };
  struct Job {
    BlockKey key;
    uint32_t groups;
    std::string content;
  };
  /// A file that is fetched.
  struct Fetch {
    BlockKey key;
    std::filesystem::path path;
    size_t num_bytes;
    bool begun = false;
    std::optional<Result<std::string>> content = std::nullopt;  ///< once it was read and verified
  };

  ColdStore(ColdStoreOptions options, BlockMemory& memory);
  Status scan();
  std::string name_of(const BlockKey& key, uint32_t groups) const;
  void write_files();
  void read_files();
  Result<std::string> read_verified(const std::filesystem::path& path, size_t num_bytes,
                                    const BlockKey& key) const;
  Result<std::string> take_content(const BlockKey& key, const std::filesystem::path& path, size_t num_bytes);
  Status write_file(const Job& job, const std::string& name);
  void tell_of_writing(const Status& written);
  void add_file(const BlockKey& key, uint32_t groups, std::string name, size_t num_bytes);
  void forget(const BlockKey& key);
  void remove_oldest();
  Status check(std::string& content, const BlockKey& key) const;

  ColdStoreOptions options_;
  BlockMemory& memory_;

  mutable std::mutex mutex_;  ///< guards all below
  bool is_identified_ = false;
  Sha256Digest identity_{};  ///< does not change once it is there
  std::condition_variable changed_;
  Order files_;
  std::map<BlockKey, Known> known_;  ///< of this identity
  size_t num_bytes_ = 0;
  std::deque<Job> jobs_;  ///< the first is being written
  std::set<BlockKey> queued_;
  size_t num_queued_bytes_ = 0;
  std::map<BlockKey, std::shared_ptr<Fetch>> fetches_;
  std::deque<std::shared_ptr<Fetch>> unread_;
  bool stopping_ = false;
  bool has_folder_ = false;                ///< of the writer alone, once it runs
  std::atomic<bool> writes_fail_ = false;  ///< changed by the writer alone, once it runs
  std::thread writer_, reader_;
};

}  // namespace hearth
