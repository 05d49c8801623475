#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "server/records/audit_log.h"

namespace hearth::server {

/// The policy while the audit log cannot be written.
enum class AuditPolicy : uint8_t {
  kRefuse,   ///< refuses requests that belong in it
  kContinue  ///< serves them, and records later how many are missing
};

/// The state of the audit log.
struct AuditState {
  AuditPolicy policy = AuditPolicy::kRefuse;
  bool failing = false;
  std::string reason;        ///< of the failure
  uint64_t num_missing = 0;  ///< records that were lost since the server started
  uint64_t num_waiting = 0;  ///< in memory, to be written when the log can be
};

/// Writes a server's records to its audit log. While the log cannot be written, records wait in memory up to
/// a bound; those beyond it are counted, and a record of the gap is written later. Thread-safe.
class AuditTrail {
 public:
  /// All of it must outlive the trail.
  AuditTrail(AuditLog& audit, AuditPolicy policy, LogSink log, size_t max_waiting_bytes = size_t(8) << 20);
  /// Tries once more to write what waits; what is lost is reported to the log, else to `audit`.
  ~AuditTrail();
  AuditTrail(const AuditTrail&) = delete;
  AuditTrail& operator=(const AuditTrail&) = delete;

  void add(nlohmann::ordered_json record);
  /// Whether requests must be refused now. Each refused one is to be counted by `count_refused`.
  bool refuses();
  void count_refused();
  /// Writes what waits, if possible by now. To be called periodically.
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
