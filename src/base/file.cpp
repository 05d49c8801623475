#include "base/file.h"

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/system_error.h"

namespace hearth {

namespace {

std::string_view kind_of(mode_t mode) {
  return S_ISDIR(mode)    ? "a folder"
         : S_ISFIFO(mode) ? "a pipe"
         : S_ISSOCK(mode) ? "a socket"
         : S_ISLNK(mode)  ? "a symbolic link"
                          : "a device";
}

int64_t nanoseconds(const timespec& time) { return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec; }

FileStamp stamp_of(const struct stat& info) {
  return {.device = info.st_dev,
          .inode = info.st_ino,
          .num_bytes = uint64_t(info.st_size),
          .written_ns = nanoseconds(info.st_mtim),
          .changed_ns = nanoseconds(info.st_ctim)};
}

/// Opens a file that must be a regular one, whose size is then told.
Result<FileDescriptor> open_regular(const std::filesystem::path& path, int flags, struct stat& info) {
  // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
  FileDescriptor fd(::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666));
  if (!fd.is_open()) return open_failure(path, errno);
  if (::fstat(fd.get(), &info) != 0) return system_error(errno, "open " + path.string());
  TRY(require_regular(path, info.st_mode));
  return fd;
}

constexpr mode_t kPrivate = 0600;

/// Takes away what the umask does, which may lock out the owner as well.
Status undo_umask(int fd, const std::filesystem::path& path) {
  if (::fchmod(fd, kPrivate) == 0) return {};
  return system_error(errno, "set the permissions of " + path.string());
}

/// A file beside `path` with that content; it has its name for as long as this lives.
class Draft {
 public:
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  explicit Draft(const std::filesystem::path& path) : name_(path.string() + ".XXXXXX.tmp") {}

  Status write(std::string_view content, Durability durability) {
    const FileDescriptor fd(::mkostemps(name_.data(), 4, O_CLOEXEC));
    if (!fd.is_open()) {
      const int error = errno;
      const std::string wanted = std::exchange(name_, {});
      return system_error(error, "create " + wanted);
    }
    TRY(undo_umask(fd.get(), name_));
    TRY(write_all(fd.get(), content, name_));
    if (durability == Durability::kLasting && ::fsync(fd.get()) != 0) {
      return system_error(errno, "write " + name_);
    }
    return {};
  }
  const char* name() const { return name_.c_str(); }
  void keep() { name_.clear(); }

 private:
  std::string name_;
};

void sync_folder_of(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.is_open()) ::fsync(fd.get());
}

Status move_into_place(Draft& draft, const std::filesystem::path& path) {
  if (::rename(draft.name(), path.c_str()) != 0) return system_error(errno, "replace " + path.string());
  draft.keep();
  return {};
}

}  // namespace

Status require_regular(const std::filesystem::path& path, mode_t mode) {
  if (S_ISREG(mode)) return {};
  return fail_hint(ErrorCode::kInvalidArgument, "name a file", "{} is {}, not a file", path.string(),
                   kind_of(mode));
}

std::unexpected<Error> open_failure(const std::filesystem::path& path, int error) {
  struct stat info = {};
  // What the system says of these is no help: "No such device or address" of a socket.
  if (::lstat(path.c_str(), &info) == 0 &&
      (error == ENXIO || error == EISDIR || (error == ELOOP && S_ISLNK(info.st_mode)))) {
    if (const Status regular = require_regular(path, info.st_mode); !regular) {
      return std::unexpected(regular.error());
    }
  }
  return system_error(error, "open " + path.string());
}

Status write_all(int fd, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(errno, "write " + path.string());
    content.remove_prefix(size_t(written));
  }
  return {};
}

Result<FileDescriptor> open_file(const std::filesystem::path& path) {
  struct stat info = {};
  return open_regular(path, O_RDONLY, info);
}

Result<FileDescriptor> create_output_file(const std::filesystem::path& path) {
  struct stat info = {};
  FileDescriptor fd = TRY(open_regular(path, O_WRONLY | O_CREAT, info));
  if (info.st_size > 0 && ::ftruncate(fd.get(), 0) != 0) return system_error(errno, "empty " + path.string());
  return fd;
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  struct stat info = {};
  MappedFile file;
  file.fd_ = TRY(open_regular(path, O_RDONLY, info));
  file.path_ = path;
  file.size_ = size_t(info.st_size);
  file.stamp_ = stamp_of(info);
  if (file.size_ == 0) return file;
  void* data = ::mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, file.fd_.get(), 0);
  if (data == MAP_FAILED) return system_error(errno, "map " + path.string());
  file.data_ = data;
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : fd_(std::move(other.fd_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      stamp_(other.stamp_),
      path_(std::move(other.path_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(data_, other.data_);
  std::swap(stamp_, other.stamp_);
  std::swap(size_, other.size_);
  std::swap(path_, other.path_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

Result<FileStamp> MappedFile::current_stamp() const {
  struct stat info{};
  if (::fstat(fd_.get(), &info) != 0) return system_error(errno, "read " + path_.string());
  return stamp_of(info);
}

Status MappedFile::read_at(uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    const ssize_t count = ::pread(fd_.get(), out.data(), out.size(), off_t(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, "read " + path_.string());
    if (count == 0) return fail(ErrorCode::kIo, "{} has become shorter", path_.string());
    offset += uint64_t(count);
    out = out.subspan(size_t(count));
  }
  return {};
}

void MappedFile::release(ByteSpan range) const {
  const auto page = uintptr_t(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<uintptr_t>(range.data()) + page - 1) / page * page;
  const auto end = (reinterpret_cast<uintptr_t>(range.data()) + range.size()) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

void MappedFile::prefetch() const {
  if (data_ != nullptr) ::madvise(data_, size_, MADV_WILLNEED);
}

Result<std::string> read_file(const std::filesystem::path& path, size_t max_size) {
  const FileDescriptor fd = TRY(open_file(path));
  std::string content;
  char chunk[1 << 16];
  while (true) {
    const ssize_t count = ::read(fd.get(), chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, "read " + path.string());
    if (count == 0) return content;
    if (content.size() + size_t(count) > max_size) {
      return fail(ErrorCode::kResourceLimit, "{} is larger than the limit of {} bytes", path.string(),
                  max_size);
    }
    content.append(chunk, size_t(count));
  }
}

Status write_file_atomic(const std::filesystem::path& path, std::string_view content, Durability durability) {
  struct stat info = {};
  if (::lstat(path.c_str(), &info) == 0 && !S_ISLNK(info.st_mode)) TRY(require_regular(path, info.st_mode));
  Draft draft(path);
  TRY(draft.write(content, durability));
  TRY(move_into_place(draft, path));
  if (durability == Durability::kLasting) sync_folder_of(path);
  return {};
}

Status write_named_file(const std::filesystem::path& path, std::string_view content) {
  constexpr int kMaxLinks = 40;
  std::filesystem::path target = path;
  for (int i = 0; i <= kMaxLinks; ++i) {
    std::error_code error;
    const std::filesystem::path next = std::filesystem::read_symlink(target, error);
    if (error) return write_file_atomic(target, content);
    target = target.parent_path() / next;
  }
  return system_error(ELOOP, "write " + path.string());
}

Result<bool> create_file(const std::filesystem::path& path, std::string_view content) {
  struct stat info = {};
  if (::lstat(path.c_str(), &info) == 0) return false;
  Draft draft(path);
  TRY(draft.write(content, Durability::kLasting));
  if (::link(draft.name(), path.c_str()) != 0) {
    if (errno == EEXIST) return false;
    // Some file systems have no links.
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS) {
      return system_error(errno, "create " + path.string());
    }
    TRY(move_into_place(draft, path));
  }
  sync_folder_of(path);
  return true;
}

}  // namespace hearth
