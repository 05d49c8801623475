#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "api/json.h"

struct sqlite3;

namespace hearth {

/// A response of /v1/responses that is kept, and the conversation up to and with it.
struct StoredResponse {
  std::string id;
  std::string owner;  ///< the key that made it; empty where no keys are needed
  Json body;          ///< as it was answered
  Json messages;      ///< what a chat template would read for the next turn
};

/// Keeps responses in SQLite, so that a restart or a crash loses none. Only its owner sees a response. Holds
/// a bounded number of bytes and responses; the oldest go first. Thread-safe.
class ResponseStore {
 public:
  struct Limits {
    size_t max_responses = 10'000;
    size_t max_bytes = size_t(256) << 20;
  };

  /// An empty path keeps them in memory. Errors: kIo, kCorruptData for a file that is no such store.
  static Result<std::unique_ptr<ResponseStore>> open(const std::filesystem::path& path, Limits limits);
  static Result<std::unique_ptr<ResponseStore>> open(const std::filesystem::path& path) {
    return open(path, Limits{});
  }
  ~ResponseStore();
  ResponseStore(const ResponseStore&) = delete;
  ResponseStore& operator=(const ResponseStore&) = delete;

  /// Adds a response, or replaces the one of its id and owner. Errors: kResourceLimit for one above the
  /// limits, kIo.
  Status put(const StoredResponse& response);
  /// Keeps a response that has not ended in memory: no restart leaves one that never will. `put` replaces it;
  /// where it has been removed by then, `put` keeps nothing. Error: kResourceLimit for too many.
  Status put_pending(StoredResponse response);
  /// Error: kNotFound, also for another owner's.
  Result<StoredResponse> get(std::string_view owner, std::string_view id) const;
  /// Error: kNotFound, also for another owner's.
  Status remove(std::string_view owner, std::string_view id);

  size_t size() const;

 private:
  ResponseStore(sqlite3* database, Limits limits) : database_(database), limits_(limits) {}
  Status set_up();
  Status count();
  Status make_room(size_t bytes);
  Status insert(const StoredResponse& response);

  mutable std::mutex mutex_;
  sqlite3* database_;                                                      ///< guarded by mutex_
  std::map<std::pair<std::string, std::string>, StoredResponse> pending_;  ///< by owner and id; guarded
  Limits limits_;
  size_t num_responses_ = 0, num_bytes_ = 0;  ///< guarded by mutex_
};

}  // namespace hearth
