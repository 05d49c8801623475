#include "transfer/download/partial_file.h"

#include <algorithm>
#include <cerrno>
#include <chrono>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/system_error.h"
#include "base/threads.h"

namespace hearth::transfer {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxJournal = size_t(16) << 20;
constexpr uint64_t kHashStep = uint64_t(1) << 20;
constexpr std::chrono::milliseconds kPoll{100};
constexpr mode_t kMode = 0644;
/// What is left free on a disk beside what is fetched.
constexpr uint64_t kSpare = uint64_t(16) << 20;

std::string doing(std::string_view what, const fs::path& path) {
  return fmt::format("{} {}", what, path.string());
}

bool is_at(const FileDescriptor& fd, const fs::path& path) {
  struct stat open_one = {}, named = {};
  return ::fstat(fd.get(), &open_one) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

uint64_t bytes_in_journal(const fs::path& path) {
  const Result<std::string> text = read_file(path, kMaxJournal);
  const auto journal = text ? Journal::parse(*text) : std::nullopt;
  return journal ? journal->written.size() : 0;
}

}  // namespace

fs::path PartialFile::path(const fs::path& folder, const std::string& key) {
  return folder / (key + "-partial");
}

PartialFile::PartialFile(Spec spec, FileDescriptor fd)
    : spec_(std::move(spec)),
      path_(path(spec_.folder, spec_.key)),
      journal_path_(path_.string() + ".journal"),
      fd_(std::move(fd)) {}

PartialFile::~PartialFile() { stop_thread_behind(); }

Result<std::unique_ptr<PartialFile>> PartialFile::open(Spec spec, const std::stop_token& stop,
                                                       const OnWait& on_wait) {
  const fs::path path = PartialFile::path(spec.folder, spec.key);
  while (true) {
    FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kMode));
    if (!fd.is_open()) return system_error(errno, doing("write", path));
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
      // The former holder may have made it the finished file meanwhile.
      if (!is_at(fd, path)) continue;
      std::unique_ptr<PartialFile> file(new PartialFile(std::move(spec), std::move(fd)));
      TRY(file->load());
      return file;
    }
    if (errno != EWOULDBLOCK && errno != EINTR) return system_error(errno, doing("lock", path));
    if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "the transfer was stopped");
    on_wait(bytes_in_journal(path.string() + ".journal"));
    std::this_thread::sleep_for(kPoll);
  }
}

Status PartialFile::load() {
  const Result<std::string> text = read_file(journal_path_, kMaxJournal);
  std::optional<Journal> journal = text ? Journal::parse(*text) : std::nullopt;
  struct stat info = {};
  if (::fstat(fd_.get(), &info) != 0) return system_error(errno, doing("read", path_));
  Journal now{.num_bytes = spec_.num_bytes, .boot = boot_, .validator = spec_.validator};
  if (journal && journal->num_bytes == spec_.num_bytes && journal->validator == spec_.validator) {
    const RangeSet& usable = journal->usable(boot_);
    if (usable.ranges().empty() || usable.ranges().rbegin()->second <= uint64_t(info.st_size)) {
      now.written = usable;
      now.synced = journal->synced;
    }
  }
  written_ = now.written;
  TRY(write_journal(now));
  start_thread_behind();
  return {};
}

Status PartialFile::write_journal(const Journal& journal) {
  std::string text = journal.head();
  for (const auto& [begin, end] : journal.written.ranges()) text += Journal::line('w', begin, end);
  for (const auto& [begin, end] : journal.synced.ranges()) text += Journal::line('s', begin, end);
  TRY(write_file_atomic(journal_path_, text));
  journal_fd_ = FileDescriptor(::open(journal_path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
  if (!journal_fd_.is_open()) return system_error(errno, doing("write", journal_path_));
  return {};
}

Status PartialFile::reserve() {
  if (spec_.num_bytes == 0) return {};
  while (::fallocate(fd_.get(), 0, 0, off_t(spec_.num_bytes)) != 0) {
    if (errno == EINTR) continue;
    // Not every file system can; a full one is met when it is written.
    if (errno == EOPNOTSUPP || errno == ENOSYS) return {};
    return system_error(errno, doing("take room for", path_));
  }
  return {};
}

Status PartialFile::write(uint64_t offset, std::string_view bytes) {
  const uint64_t end = offset + bytes.size();
  for (uint64_t at = offset; !bytes.empty();) {
    const ssize_t count = ::pwrite(fd_.get(), bytes.data(), bytes.size(), off_t(at));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, doing("write", path_));
    at += uint64_t(count);
    bytes.remove_prefix(size_t(count));
  }
  const std::scoped_lock lock(mutex_);
  if (error_) return std::unexpected(*error_);
  written_.add(offset, end);
  const uint64_t prefix = written_.prefix_end();
  if (prefix >= told_ + kHashStep || prefix == spec_.num_bytes) {
    told_ = prefix;
    changed_.notify_all();
  }
  return {};
}

Status PartialFile::commit(uint64_t begin, uint64_t end) {
  if (begin >= end) return {};
  TRY(append(Journal::line('w', begin, end)));
  const std::scoped_lock lock(mutex_);
  to_sync_.emplace_back(begin, end);
  told_ = written_.prefix_end();
  changed_.notify_all();
  return {};
}

Status PartialFile::append(std::string_view lines) {
  return write_all(journal_fd_.get(), lines, journal_path_);
}

uint64_t PartialFile::size() const {
  const std::scoped_lock lock(mutex_);
  return written_.size();
}

uint64_t PartialFile::prefix_end() const {
  const std::scoped_lock lock(mutex_);
  return written_.prefix_end();
}

std::vector<std::pair<uint64_t, uint64_t>> PartialFile::gaps() const {
  const std::scoped_lock lock(mutex_);
  return written_.gaps(spec_.num_bytes);
}

Status PartialFile::restart(std::string validator) {
  stop_thread_behind();
  written_.clear();
  to_sync_.clear();
  error_.reset();
  spec_.validator = std::move(validator);
  TRY(write_journal({.num_bytes = spec_.num_bytes, .boot = boot_, .validator = spec_.validator}));
  start_thread_behind();
  return {};
}

Result<ContentHash::Digests> PartialFile::finish(const std::stop_token& stop) {
  {
    std::unique_lock lock(mutex_);
    told_ = written_.prefix_end();
    changed_.notify_all();
    changed_.wait(lock, stop, [&] { return error_ || (hashed_ == spec_.num_bytes && to_sync_.empty()); });
    if (error_) return std::unexpected(*error_);
    if (hashed_ != spec_.num_bytes) return fail(ErrorCode::kCancelled, "the transfer was stopped");
  }
  stop_thread_behind();
  return hash_->finish();
}

void PartialFile::discard() {
  stop_thread_behind();
  if (is_at(fd_, path_)) ::unlink(path_.c_str());
  ::unlink(journal_path_.c_str());
}

void PartialFile::start_thread_behind() {
  hash_.emplace(spec_.num_bytes, spec_.with_git);
  hashed_ = 0;
  told_ = written_.prefix_end();
  stopping_ = false;
  Result<std::thread> thread = start_thread([this] { work(); });
  if (thread) {
    thread_ = std::move(*thread);
  } else {
    error_ = thread.error();
  }
}

void PartialFile::stop_thread_behind() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void PartialFile::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !to_sync_.empty() || hashed_ < told_; });
    if (stopping_ || error_) return;
    const auto ranges = to_sync_;
    const uint64_t begin = hashed_, end = std::min(told_, hashed_ + kHashStep);
    lock.unlock();
    Status done = sync(ranges);
    if (done) done = hash(begin, end);
    lock.lock();
    if (!done) error_ = done.error();
    to_sync_.erase(to_sync_.begin(), to_sync_.begin() + ptrdiff_t(ranges.size()));
    hashed_ = end;
    changed_.notify_all();
  }
}

Status PartialFile::sync(const std::vector<std::pair<uint64_t, uint64_t>>& ranges) {
  if (ranges.empty()) return {};
  if (::fdatasync(fd_.get()) != 0) return system_error(errno, doing("write", path_));
  std::string lines;
  for (const auto& [begin, end] : ranges) lines += Journal::line('s', begin, end);
  TRY(append(lines));
  if (::fdatasync(journal_fd_.get()) != 0) return system_error(errno, doing("write", journal_path_));
  return {};
}

Status PartialFile::hash(uint64_t begin, uint64_t end) {
  std::vector<std::byte> buffer(size_t(std::min(end - begin, kHashStep)));
  while (begin < end) {
    const ssize_t count = ::pread(fd_.get(), buffer.data(),
                                  size_t(std::min<uint64_t>(end - begin, buffer.size())), off_t(begin));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, doing("read", path_));
    if (count == 0) return fail(ErrorCode::kIo, "{} has become shorter while it was written", path_.string());
    hash_->update(ByteSpan(buffer).first(size_t(count)));
    begin += uint64_t(count);
  }
  return {};
}

Status require_space(const fs::path& folder, uint64_t num_bytes) {
  struct statvfs info = {};
  if (::statvfs(folder.c_str(), &info) != 0) return system_error(errno, doing("look at the disk of", folder));
  const uint64_t free = uint64_t(info.f_bavail) * info.f_frsize;
  if (num_bytes == 0 || num_bytes + kSpare <= free) return {};
  return fail_hint(ErrorCode::kNoSpace, "free some disk space, or move the store (HEARTH_MODELS)",
                   "{} bytes are to be fetched, but the disk of {} has {} bytes left", num_bytes,
                   folder.string(), free);
}

uint64_t allocated_bytes(const fs::path& path) {
  constexpr uint64_t kBlock = 512;
  struct stat info = {};
  return ::lstat(path.c_str(), &info) == 0 ? uint64_t(info.st_blocks) * kBlock : 0;
}

}  // namespace hearth::transfer
