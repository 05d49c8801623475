#include "server/records/audit_trail.h"

#include <chrono>
#include <utility>

#include <fmt/core.h>

#include "server/observe/request_record.h"
#include "server/records/audit_line.h"

namespace hearth::server {
namespace {

// A record takes this much beside its text, about.
constexpr size_t kRecordOverhead = 1024;

size_t bytes_of(const nlohmann::ordered_json& record) {
  const auto body = record.find("body");
  return kRecordOverhead +
         (body != record.end() && body->is_string() ? body->get_ref<const std::string&>().size() : 0);
}

std::string now_text() { return to_timestamp(std::chrono::system_clock::now()); }

}  // namespace

AuditTrail::AuditTrail(AuditLog& audit, AuditPolicy policy, LogSink log, size_t max_waiting_bytes)
    : audit_(audit), policy_(policy), log_(std::move(log)), max_waiting_bytes_(max_waiting_bytes) {
  const std::scoped_lock lock(mutex_);
  // No request is served without room for its record.
  if (const Status room = audit_.reserve(); !room) note_failure(room.error());
}

AuditTrail::~AuditTrail() {
  const std::scoped_lock lock(mutex_);
  if (!failing_ || write_waiting()) return;
  const uint64_t num_lost = waiting_.size() + num_missing_;
  const bool is_said = audit_.append_from_reserve(gap(num_lost)).has_value();
  if (!is_said) audit_.note_lost(num_lost);
  log_(LogLevel::kError, fmt::format("the audit log still cannot be written: {} records are lost{}", num_lost,
                                     is_said ? ", as its last line says" : ", and it does not say so"));
}

nlohmann::ordered_json AuditTrail::gap(uint64_t num_missing) const {
  return {{"time", now_text()},
          {"event", kGapEvent},
          {"since", failing_since_},
          {"missing", num_missing},
          {"refused", num_refused_}};
}

void AuditTrail::add(nlohmann::ordered_json record) {
  const std::scoped_lock lock(mutex_);
  // What waits goes first.
  if (!failing_) {
    const Status written = audit_.append(record);
    if (written) return;
    note_failure(written.error());
  }
  const size_t bytes = bytes_of(record);
  if (!has_room(record, bytes)) {
    ++num_missing_;
    ++num_all_missing_;
    return;
  }
  waiting_.push_back({std::move(record), bytes});
  num_waiting_bytes_ += bytes;
}

/// Refused requests, of which anyone can send many, leave half of the room to those that were served.
bool AuditTrail::has_room(const nlohmann::ordered_json& record, size_t bytes) const {
  const auto status = record.find("status");
  const bool was_served = status == record.end() || *status < 400;
  return num_waiting_bytes_ + bytes <= (was_served ? max_waiting_bytes_ : max_waiting_bytes_ / 2);
}

void AuditTrail::note_failure(const Error& error) {
  failing_ = true;
  failing_since_ = now_text();
  reason_ = error.message;
  // For whoever reads the log after a server that was killed before it could say more.
  (void)audit_.append_from_reserve({{"time", failing_since_}, {"event", kFailingEvent}});
  log_(LogLevel::kError,
       fmt::format("{}; {}", error.message,
                   policy_ == AuditPolicy::kRefuse ? "requests are refused until it can be written again"
                                                   : "requests are served all the same"));
}

bool AuditTrail::refuses() {
  if (policy_ != AuditPolicy::kRefuse) return false;
  const std::scoped_lock lock(mutex_);
  return failing_;
}

void AuditTrail::count_refused() {
  const std::scoped_lock lock(mutex_);
  ++num_refused_;
}

void AuditTrail::retry() {
  const std::scoped_lock lock(mutex_);
  if (!failing_) return;
  if (const Status written = write_waiting(); !written) reason_ = written.error().message;
}

/// In the order in which they came, and how many are missing.
Status AuditTrail::write_waiting() {
  while (!waiting_.empty()) {
    TRY(audit_.append(waiting_.front().record));
    num_waiting_bytes_ -= waiting_.front().bytes;
    waiting_.pop_front();
  }
  // Also where nothing is missing: this shows that the log can be written, and why requests were refused.
  TRY(audit_.append(gap(num_missing_)));
  log_(LogLevel::kWarning,
       fmt::format("the audit log is written again; {} records are missing, {} requests were "
                   "refused",
                   num_missing_, num_refused_));
  num_missing_ = num_refused_ = 0;
  failing_ = false;
  reason_.clear();
  return {};
}

AuditState AuditTrail::state() const {
  const std::scoped_lock lock(mutex_);
  return {.policy = policy_,
          .failing = failing_,
          .reason = reason_,
          .num_missing = num_all_missing_,
          .num_waiting = waiting_.size()};
}

}  // namespace hearth::server
