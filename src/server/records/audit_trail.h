#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "server/records/audit_log.h"

namespace hearth::server {

/// What a server does while its audit log cannot be written.
enum class AuditPolicy : uint8_t {
  kRefuse,   ///< answers nothing that would have to stand in it
  kContinue  ///< answers, and says later how much is missing
};

/// How the audit log fares.
struct AuditState {
  AuditPolicy policy = AuditPolicy::kRefuse;
  bool failing = false;
  std::string reason;        ///< of the failure
  uint64_t num_missing = 0;  ///< records that were lost since the server started
  uint64_t num_waiting = 0;  ///< in memory, to be written when the log can be
};

/// Takes the records of a server to its audit log. While the log cannot be written, records wait in memory,
/// up to a bound, and are written when it can; what is beyond the bound is counted, and a record in the log
/// says how many are missing. Thread-safe.
class AuditTrail {
 public:
  /// All of it must outlive the trail.
  AuditTrail(AuditLog& audit, AuditPolicy policy, LogSink log, size_t max_waiting_bytes = size_t(8) << 20);
  /// A last try to write what waits; what is lost is told to the log, or else to `audit`.
  ~AuditTrail();
  AuditTrail(const AuditTrail&) = delete;
  AuditTrail& operator=(const AuditTrail&) = delete;

  void add(nlohmann::ordered_json record);
  /// Whether requests are to be turned away now. One that is must be told by `count_refused`.
  bool refuses();
  void count_refused();
  /// Writes what waits, if it can be written by now. To be called from time to time.
  void retry();
  AuditState state() const;

 private:
  struct Waiting {
    nlohmann::ordered_json record;
    size_t bytes;
  };
  bool has_room(const nlohmann::ordered_json& record, size_t bytes) const;
  Status write_waiting();
  nlohmann::ordered_json gap(uint64_t num_missing) const;
  void note_failure(const Error& error);

  AuditLog& audit_;
  const AuditPolicy policy_;
  const LogSink log_;
  const size_t max_waiting_bytes_;

  mutable std::mutex mutex_;  ///< guards all below
  std::deque<Waiting> waiting_;
  size_t num_waiting_bytes_ = 0;
  uint64_t num_missing_ = 0, num_refused_ = 0;  ///< of this failure, not yet in the log
  uint64_t num_all_missing_ = 0;
  bool failing_ = false;
  std::string reason_, failing_since_;
};

}  // namespace hearth::server
