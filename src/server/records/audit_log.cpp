#include "server/records/audit_log.h"

#include <cerrno>
#include <chrono>
#include <optional>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/private_file.h"
#include "base/sha256.h"
#include "base/system_error.h"
#include "server/observe/request_record.h"
#include "server/records/audit_line.h"

namespace hearth::server {

namespace {

// What is held back is for a few records of some hundred bytes; more is taken at once, to ask seldom.
constexpr size_t kReserve = 4096, kUsualRecord = 4096, kAhead = size_t(16) << 10;

/// Puts `bytes` into a file of that name, or of the first further name that is free; the name.
Result<std::filesystem::path> set_aside(const std::string& name, std::string_view bytes) {
  for (int number = 1;; ++number) {
    const std::filesystem::path path = number == 1 ? name : fmt::format("{}.{}", name, number);
    if (TRY(create_file(path, bytes))) return path;
  }
}

}  // namespace

/// How a log ends.
struct AuditLog::Tail {
  std::string last;  ///< the last whole line
  off_t end = 0;     ///< of that line, with its end
  std::string torn;  ///< what follows
};

AuditLog::AuditLog(std::filesystem::path path, LogSink log)
    : path_(std::move(path)), log_(std::move(log)), last_hash_(first_audit_hash()) {}

Result<std::unique_ptr<AuditLog>> AuditLog::open(const std::filesystem::path& path, const LogSink& log) {
  auto audit = std::unique_ptr<AuditLog>(new AuditLog(path, log));
  const Status begun = audit->begin();
  if (!begun && begun.error().code != ErrorCode::kNoSpace) return std::unexpected(begun.error());
  return audit;
}

Status AuditLog::begin() {
  const std::scoped_lock lock(mutex_);
  return begin_locked();
}

Status AuditLog::begin_locked() {
  if (file_.is_open()) return {};
  torn_at_ = -1;
  reserved_until_ = 0;
  file_ = TRY(open_private_file(path_, log_));
  Status begun;
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    begun = fail_hint(ErrorCode::kOverloaded, "give each server a log of its own", "{} is in use",
                      path_.string());
  } else {
    begun = carry_on();
  }
  if (!begun) file_ = FileDescriptor();
  return begun;
}

Status AuditLog::carry_on() {
  const Tail tail = TRY(read_tail());
  const auto line = read_audit_line(tail.last);
  const bool is_ours = tail.end > 0 ? line.has_value() : begins_audit_log(tail.torn);
  if (!is_ours) {
    return fail_hint(ErrorCode::kCorruptData, "move it away, and keep it", "{} is not an intact audit log",
                     path_.string());
  }
  if (line) {
    num_records_ = line->number;
    last_hash_ = line->hash;
  }
  return tail.torn.empty() ? Status() : heal(tail);
}

Result<AuditLog::Tail> AuditLog::read_tail() const {
  struct stat info = {};
  if (::fstat(file_.get(), &info) != 0) return system_error(errno, "read " + path_.string());
  std::string bytes;
  off_t begin = info.st_size;
  Tail tail;
  while (true) {
    // The end of the last whole line, and the end of the one before it.
    const size_t end = bytes.rfind('\n');
    const size_t before =
        end == std::string::npos || end == 0 ? std::string::npos : bytes.rfind('\n', end - 1);
    if (begin == 0 || before != std::string::npos) {
      const size_t first = before == std::string::npos ? 0 : before + 1;
      if (end != std::string::npos) tail.last = bytes.substr(first, end - first);
      const size_t whole = end == std::string::npos ? 0 : end + 1;
      tail.end = begin + off_t(whole);
      tail.torn = bytes.substr(whole);
      return tail;
    }
    if (bytes.size() > 2 * kMaxAuditLine) {
      return fail(ErrorCode::kCorruptData, "{} is not an audit log: its last lines are too long",
                  path_.string());
    }
    std::string part(size_t(std::min<off_t>(begin, 64 << 10)), '\0');
    begin -= off_t(part.size());
    const ssize_t count = ::pread(file_.get(), part.data(), part.size(), begin);
    if (count != ssize_t(part.size())) return system_error(count < 0 ? errno : EIO, "read " + path_.string());
    bytes.insert(0, part);
  }
}

Status AuditLog::heal(const Tail& tail) {
  const std::string name = path_.string();
  const auto line = read_audit_line(tail.torn);
  if (line && line->number == num_records_ + 1 && line->prev == last_hash_) {
    log_(LogLevel::kWarning, fmt::format("the last line of {} lacked its end; it is whole now", name));
    TRY(write("\n"));
    num_records_ = line->number;
    last_hash_ = line->hash;
    return {};
  }
  const std::filesystem::path aside =
      TRY(set_aside(fmt::format("{}.torn-{}", name, num_records_ + 1), tail.torn));
  TRY(cut_back(tail.end));
  log_(LogLevel::kWarning, fmt::format("the last line of {} was torn after {} bytes; they are kept in {}",
                                       name, tail.torn.size(), aside.string()));
  owed_ = {{"time", to_timestamp(std::chrono::system_clock::now())},
           {"event", kTornLineEvent},
           {"bytes", tail.torn.size()},
           {"sha256", to_hex(sha256(std::as_bytes(std::span(tail.torn))))},
           {"kept_as", aside.filename().string()}};
  // Where there is no room for it now, it is the first that is written later.
  (void)pay();
  return {};
}

Status AuditLog::pay() {
  if (torn_at_ >= 0) TRY(cut_back(torn_at_));
  if (!owed_) return {};
  TRY(add(*owed_, Room::kFree));
  owed_.reset();
  return {};
}

Status AuditLog::reserve() {
  const std::scoped_lock lock(mutex_);
  TRY(begin_locked());
  return make_room(kUsualRecord);
}

Status AuditLog::append(const nlohmann::ordered_json& record) {
  const std::scoped_lock lock(mutex_);
  TRY(begin_locked());
  TRY(pay());
  return add(record, Room::kFree);
}

Status AuditLog::append_from_reserve(const nlohmann::ordered_json& record) {
  const std::scoped_lock lock(mutex_);
  TRY(begin_locked());
  TRY(pay());
  return add(record, Room::kReserved);
}

Status AuditLog::add(const nlohmann::ordered_json& record, Room room) {
  const ChainedLine line = chain_audit_line(num_records_ + 1, last_hash_, record);
  if (room == Room::kFree) TRY(make_room(line.text.size()));
  TRY(write(line.text));
  ++num_records_;
  last_hash_ = line.hash;
  synced_ = false;
  return {};
}

AuditLog::~AuditLog() {
  if (const Status synced = sync(); !synced) log_(LogLevel::kError, synced.error().message);
}

Status AuditLog::sync() {
  int file = -1;
  {
    const std::scoped_lock lock(mutex_);
    if (synced_.exchange(true)) return {};
    file = file_.get();
  }
  // Without the lock: others may append meanwhile, and it stays open as long as this object is there.
  if (::fdatasync(file) == 0) return {};
  synced_ = false;
  return system_error(errno, "flush " + path_.string());
}

Result<off_t> AuditLog::size() const {
  struct stat info = {};
  if (::fstat(file_.get(), &info) != 0) return system_error(errno, "write " + path_.string());
  return info.st_size;
}

/// Takes room on the disk for that much and for what is held back, without a change of the file's size. What
/// was taken stays with the file also when it is closed. On a file system that cannot do so, none is.
Status AuditLog::make_room(size_t num_bytes) {
  const off_t end = TRY(size());
  const auto needed = off_t(num_bytes + kReserve);
  rlimit files = {};
  if (::getrlimit(RLIMIT_FSIZE, &files) == 0 && files.rlim_cur != RLIM_INFINITY &&
      rlim_t(end + needed) > files.rlim_cur) {
    return system_error(EFBIG, "write " + path_.string());
  }
  if (end + needed <= reserved_until_) return {};
  for (const off_t length : {needed + off_t(kAhead), needed}) {
    if (::fallocate(file_.get(), FALLOC_FL_KEEP_SIZE, end, length) == 0) {
      reserved_until_ = end + length;
      return {};
    }
    if (errno != ENOSPC && errno != EDQUOT) return {};
  }
  return system_error(errno, "write " + path_.string());
}

/// All of it or nothing: what a full disk has taken of it is cut off again, now or before the next line.
Status AuditLog::write(std::string_view text) {
  struct stat info = {};
  if (::fstat(file_.get(), &info) != 0) return system_error(errno, "write the audit log");
  if (info.st_nlink == 0) {
    return fail_hint(ErrorCode::kIo, "start the server again", "cannot write the audit log: {} was deleted",
                     path_.string());
  }
  const Status written = write_all(file_.get(), text, path_);
  if (!written) {
    torn_at_ = info.st_size;
    (void)cut_back(torn_at_);
  }
  return written;
}

Status AuditLog::cut_back(off_t size) {
  if (::ftruncate(file_.get(), size) != 0)
    return system_error(errno, "cut a torn line off " + path_.string());
  torn_at_ = -1;
  return {};
}

}  // namespace hearth::server
