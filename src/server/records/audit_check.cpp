#include "server/records/audit_check.h"

#include <cerrno>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "base/file.h"
#include "base/system_error.h"
#include "server/records/audit_line.h"

namespace hearth::server {
namespace {

/// Checks lines as they come.
class Checker {
 public:
  explicit Checker(std::string name) : name_(std::move(name)) { summary_.last_hash = first_audit_hash(); }

  Status take(std::string_view text) {
    const auto line = read_audit_line(text);
    const uint64_t number = summary_.num_records + 1;
    if (!line || line->number != number || line->prev != summary_.last_hash) {
      return fail_hint(ErrorCode::kCorruptData, "lines before it are as they were written",
                       "line {} of {} was changed, or lines are missing before it", number, name_);
    }
    summary_.num_records = number;
    summary_.last_hash = line->hash;
    count_event(line->record);
    return {};
  }

  Result<AuditSummary> end(std::string_view rest) const {
    if (rest.empty()) {
      AuditSummary summary = summary_;
      if (in_gap_) ++summary.num_open_gaps;
      return summary;
    }
    return fail_hint(ErrorCode::kCorruptData,
                     "lines before it are as they were written; `hearth serve` sets it aside when it starts",
                     "line {} of {} has no end: it is being written, or was torn", summary_.num_records + 1,
                     name_);
  }

 private:
  void count_event(const nlohmann::json& record) {
    const auto event = record.find("event");
    if (event == record.end() || !event->is_string()) return;
    if (*event == std::string(kTornLineEvent)) ++summary_.num_torn_lines;
    if (*event == std::string(kFailingEvent) && std::exchange(in_gap_, true)) ++summary_.num_open_gaps;
    if (*event != std::string(kGapEvent)) return;
    in_gap_ = false;
    const auto missing = record.find("missing");
    if (missing != record.end() && missing->is_number_unsigned()) {
      summary_.num_missing += missing->get<uint64_t>();
    }
  }

  const std::string name_;
  AuditSummary summary_;
  bool in_gap_ = false;
};

}  // namespace

Result<AuditSummary> verify_audit_log(const std::filesystem::path& path) {
  const FileDescriptor file = TRY(open_file(path));
  Checker checker(path.string());
  std::string bytes, part(size_t(1) << 16, '\0');
  while (true) {
    const ssize_t count = ::read(file.get(), part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, "read " + path.string());
    if (count == 0) return checker.end(bytes);
    const size_t searched = bytes.size();
    bytes.append(part.data(), size_t(count));
    size_t begin = 0;
    for (size_t end = bytes.find('\n', searched); end != std::string::npos; end = bytes.find('\n', begin)) {
      TRY(checker.take(std::string_view(bytes).substr(begin, end - begin)));
      begin = end + 1;
    }
    bytes.erase(0, begin);
    if (bytes.size() > kMaxAuditLine) TRY(checker.take(bytes));
  }
}

}  // namespace hearth::server
