#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "server/http/limits.h"
#include "server/runs/exchange_run.h"

namespace hearth::server {

/// Running exchanges and recently ended streams, by id. Thread-safe.
class RunRegistry {
 public:
  explicit RunRegistry(const ServerLimits& limits) : limits_(limits) {}

  void add(const std::shared_ptr<ExchangeRun>& run);
  /// For the home thread: the run has ended; a stream is retained for clients that reconnect.
  void end(const std::shared_ptr<ExchangeRun>& run);
  /// Removes a run that never started.
  void remove(const ExchangeRun& run);
  /// Running, or a stream that has ended; null: none.
  std::shared_ptr<ExchangeRun> find(std::string_view id) const;
  /// False where none of this id is running.
  bool cancel(std::string_view id);
  void cancel_all();
  void cancel_if(const std::function<bool(const ExchangeRun& run)>& condition);
  size_t num_running() const;
  /// Drops ended streams whose retention time is over.
  void expire(std::chrono::steady_clock::time_point now);

 private:
  struct Ended {
    std::shared_ptr<ExchangeRun> run;
    std::chrono::steady_clock::time_point at;
    size_t bytes;
  };
  void drop_oldest();

  const ServerLimits& limits_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<ExchangeRun>, std::less<>> running_;  ///< guarded by mutex_
  std::map<std::string, std::shared_ptr<ExchangeRun>, std::less<>> ended_;    ///< guarded by mutex_
  std::deque<Ended> order_;                                                   ///< guarded by mutex_
  size_t ended_bytes_ = 0;                                                    ///< guarded by mutex_
};

}  // namespace hearth::server
