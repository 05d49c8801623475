#include "server/audit_log.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/sha256.h"

namespace hearth {
namespace {

constexpr size_t kHashSize = 64;
constexpr std::string_view kHashKey = ",\"hash\":\"";
constexpr std::string_view kEnd = "\"}";
constexpr size_t kMaxLine = size_t(64) << 20;

std::string sha256_hex(std::string_view bytes) { return to_hex(sha256(std::as_bytes(std::span(bytes)))); }

struct Line {
  uint64_t number;
  std::string prev, hash;
};

/// Nothing where the line is not one of ours or its hash is wrong.
std::optional<Line> read_line(std::string_view line) {
  const size_t tail = kHashKey.size() + kHashSize + kEnd.size();
  if (line.size() < tail || !line.ends_with(kEnd)) return std::nullopt;
  const std::string_view body = line.substr(0, line.size() - tail);
  if (line.substr(body.size(), kHashKey.size()) != kHashKey) return std::nullopt;
  const std::string_view hash = line.substr(body.size() + kHashKey.size(), kHashSize);
  if (sha256_hex(body) != hash) return std::nullopt;
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("seq") || !json["seq"].is_number_unsigned() ||
      !json.contains("prev") || !json["prev"].is_string()) {
    return std::nullopt;
  }
  return Line{json["seq"], json["prev"], std::string(hash)};
}

/// The last whole line of the file; what comes after it is cut off.
Result<std::string> last_line(int file, const std::string& name) {
  struct stat info = {};
  if (::fstat(file, &info) != 0) return fail(ErrorCode::kIo, "cannot read {}", name);
  std::string tail;
  off_t begin = info.st_size;
  while (begin > 0 && tail.size() < kMaxLine) {
    const size_t count = size_t(std::min<off_t>(begin, 64 << 10));
    begin -= off_t(count);
    std::string part(count, '\0');
    if (::pread(file, part.data(), count, begin) != ssize_t(count)) {
      return fail(ErrorCode::kIo, "cannot read {}", name);
    }
    tail.insert(0, part);
    const size_t end = tail.rfind('\n');
    if (end == std::string::npos) continue;
    const size_t before = end == 0 ? std::string::npos : tail.rfind('\n', end - 1);
    if (before == std::string::npos && begin > 0) continue;
    if (::ftruncate(file, begin + off_t(end) + 1) != 0) return fail(ErrorCode::kIo, "cannot write {}", name);
    const size_t first = before == std::string::npos ? 0 : before + 1;
    return tail.substr(first, end - first);
  }
  if (::ftruncate(file, 0) != 0) return fail(ErrorCode::kIo, "cannot write {}", name);
  return std::string();
}

}  // namespace

Result<std::unique_ptr<AuditLog>> AuditLog::open(const std::filesystem::path& path) {
  const std::string name = path.string();
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return fail(ErrorCode::kIo, "cannot open {}: {}", name, std::strerror(errno));
  auto log = std::unique_ptr<AuditLog>(new AuditLog(file, 0, std::string(kHashSize, '0')));
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    return fail_hint(ErrorCode::kOverloaded, "give each server a log of its own", "{} is in use", name);
  }
  const std::string last = TRY(last_line(file, name));
  if (last.empty()) return log;
  const auto line = read_line(last);
  if (!line) {
    return fail_hint(ErrorCode::kCorruptData, "move it away, and keep it", "{} is no intact audit log", name);
  }
  log->num_records_ = line->number;
  log->last_hash_ = line->hash;
  return log;
}

AuditLog::~AuditLog() { ::close(file_); }

Status AuditLog::append(const nlohmann::ordered_json& record) {
  const std::scoped_lock lock(mutex_);
  nlohmann::ordered_json whole = {{"seq", num_records_ + 1}};
  whole.update(record);
  whole["prev"] = last_hash_;
  std::string line = whole.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
  line.pop_back();
  const std::string hash = sha256_hex(line);
  line += kHashKey;
  line += hash;
  line += kEnd;
  line += '\n';
  // In one call: a line is whole or torn at the end, never mixed.
  if (::write(file_, line.data(), line.size()) != ssize_t(line.size())) {
    return fail(ErrorCode::kIo, "cannot write the audit log: {}", std::strerror(errno));
  }
  ++num_records_;
  last_hash_ = hash;
  return {};
}

Result<AuditSummary> verify_audit_log(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, "cannot open {}", path.string());
  AuditSummary summary{.num_records = 0, .last_hash = std::string(kHashSize, '0')};
  for (std::string text; std::getline(file, text);) {
    const auto line = read_line(text);
    const uint64_t number = summary.num_records + 1;
    if (!line || line->number != number || line->prev != summary.last_hash) {
      return fail_hint(ErrorCode::kCorruptData, "lines before it are as they were written",
                       "line {} of {} was changed, or lines are missing before it", number, path.string());
    }
    summary.num_records = number;
    summary.last_hash = line->hash;
  }
  return summary;
}

}  // namespace hearth
