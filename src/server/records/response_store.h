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

/// A response of /v1/responses that is kept, and the conversation up to and with it.
struct StoredResponse {
  std::string id;
  std::string owner;   ///< the key that made it; empty where no keys are needed
  api::Json body;      ///< as it was answered
  api::Json messages;  ///< what a chat template would read for the next turn
};

/// Keeps responses in SQLite, so that a restart or a crash loses none. Only its owner sees a response. Holds
/// a bounded number of bytes and responses; the oldest go first. While the disk is full it keeps nothing
/// more, gives what it has, and tries again. A file that turns out to be damaged is moved aside and a new one
/// begun, as where it was removed or replaced in use; the log is told. Thread-safe.
class ResponseStore {
 public:
  struct Limits {
    size_t max_responses = 10'000;
    size_t max_bytes = size_t(256) << 20;
    size_t max_unkept_bytes = size_t(32) << 20;  ///< in memory, of those that ran in the background
  };

  /// An empty path keeps them in memory; a folder that is missing is made. That a file is damaged, or a disk
  /// full, is told to `log` and is no error. Errors: those of the database, of base/private_file.h.
  static Result<std::unique_ptr<ResponseStore>> open(const std::filesystem::path& path, Limits limits,
                                                     const LogSink& log = no_log());
  static Result<std::unique_ptr<ResponseStore>> open(const std::filesystem::path& path,
                                                     const LogSink& log = no_log()) {
    return open(path, Limits{}, log);
  }
  ResponseStore(const ResponseStore&) = delete;
  ResponseStore& operator=(const ResponseStore&) = delete;

  /// Adds a response, or replaces the one of its id and owner; with an error the store is as it was, but that
  /// a response which ran in the background stays in memory for a while, its "store" false. Errors:
  /// kResourceLimit for one above the limits, those of the database.
  Status put(const StoredResponse& response);
  /// Keeps a response that has not ended in memory: no restart leaves one that never will. `put` replaces it;
  /// where it has been removed by then, `put` keeps nothing. Error: kResourceLimit for too many.
  Status put_pending(StoredResponse response);
  /// Errors: kNotFound, also for another owner's; kIo.
  Result<StoredResponse> get(std::string_view owner, std::string_view id);
  /// Errors: kNotFound, also for another owner's; kIo.
  Status remove(std::string_view owner, std::string_view id);

  size_t size() const;

  /// Whether the last response that was to be kept could not be.
  bool is_failing() const;
  /// Where that is so, finds out whether there is room again. To be called from time to time.
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
