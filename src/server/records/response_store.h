#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "api/call/json.h"
#include "base/log.h"
#include "server/records/database.h"

namespace hearth::server {

/// A stored response of /v1/responses, with the conversation up to and including it.
struct StoredResponse {
  std::string id;
  std::string owner;   ///< the key that made it; empty where no keys are needed
  api::Json body;      ///< as it was sent
  api::Json messages;  ///< what a chat template would read for the next turn
};

/// Responses in SQLite, which survive a restart or a crash; visible to their owner only. Bounded in bytes and
/// number: the oldest are evicted. On a full disk it stores nothing more, serves what it has, and tries
/// again. A damaged file is moved aside and a new one begun, as is one that was removed or replaced in use;
/// both are logged. Thread-safe.
class ResponseStore {
 public:
  struct Limits {
    size_t max_responses = 10'000;
    size_t max_bytes = size_t(256) << 20;
    size_t max_unkept_bytes = size_t(32) << 20;  ///< in memory, of those that ran in the background
  };

  /// An empty path keeps them in memory; a missing folder is created. A damaged file or a full disk is logged
  /// and is no error. Errors: those of the database and of base/private_file.h.
  static Result<std::unique_ptr<ResponseStore>> open(const std::filesystem::path& path, Limits limits,
                                                     const LogSink& log = no_log());
  static Result<std::unique_ptr<ResponseStore>> open(const std::filesystem::path& path,
                                                     const LogSink& log = no_log()) {
    return open(path, Limits{}, log);
  }
  ResponseStore(const ResponseStore&) = delete;
  ResponseStore& operator=(const ResponseStore&) = delete;

  /// Adds a response, or replaces the one of its id and owner. With an error the store is unchanged, but a
  /// background response stays in memory for a while, its "store" false. Errors: kResourceLimit for one above
  /// the limits, those of the database.
  Status put(const StoredResponse& response);
  /// Keeps an unfinished response in memory only: after a restart it could never finish. `put` replaces it,
  /// or does nothing where it has been removed by then. Error: kResourceLimit for too many.
  Status put_pending(StoredResponse response);
  /// Errors: kNotFound, also for another owner's; kIo.
  Result<StoredResponse> get(std::string_view owner, std::string_view id);
  /// Errors: kNotFound, also for another owner's; kIo.
  Status remove(std::string_view owner, std::string_view id);

  size_t size() const;

  /// Whether the last response could not be stored.
  bool is_failing() const;
  /// If so, checks whether there is room again. To be called periodically.
  void retry();

 private:
  using Key = std::pair<std::string, std::string>;  ///< owner and id

  ResponseStore(std::filesystem::path path, Limits limits, LogSink log)
      : path_(std::move(path)), log_(std::move(log)), limits_(limits) {}
  Status open_database();
  Status begin_anew(const Error& damage);
  Status probe();
  void note(const Status& kept);
  Status ready();
  template <typename Use>
  auto with_healing(const Use& use);
  Result<Database*> readable(std::unique_ptr<Database>& for_now) const;
  struct Row;
  Result<Row> select(std::string_view owner, std::string_view id) const;
  Result<StoredResponse> find(std::string_view owner, std::string_view id);
  Status erase(std::string_view owner, std::string_view id);
  Status count();
  Result<bool> take_out(SqlStatement& statement);
  Status make_room(size_t bytes);
  Status keep(const StoredResponse& response);
  Status insert(const StoredResponse& response);
  Status replace(const StoredResponse& response);
  void forget_unkept(const Key& newest, size_t bytes);

  mutable std::mutex mutex_;  ///< guards all below
  const std::filesystem::path path_;
  const LogSink log_;
  std::unique_ptr<Database> database_;  ///< null while the disk has no room for it
  bool failing_ = false;
  std::map<Key, StoredResponse> pending_;
  std::deque<std::pair<Key, size_t>> unkept_;  ///< of those in pending_ that have ended, oldest first
  size_t num_unkept_bytes_ = 0;
  const Limits limits_;
  size_t num_responses_ = 0, num_bytes_ = 0;
};

}  // namespace hearth::server
