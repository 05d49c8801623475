#include "store/content/folder_tree.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/printable.h"
#include "base/system_error.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFolderMode = 0777, kFileMode = 0666;
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr size_t kSuffixDigits = 12;
constexpr std::string_view kDraftSuffix = ".tmp";

/// Parts that go down only.
Result<std::vector<std::string>> parts_of(const fs::path& path) {
  std::vector<std::string> parts;
  for (const fs::path& part : path) {
    const std::string& name = part.native();
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos ||
        name.find('\0') != std::string::npos) {
      return fail(ErrorCode::kInvalidArgument, "{} leads out of its folder", hearth::quoted(path.string()));
    }
    parts.push_back(name);
  }
  if (parts.empty()) return fail(ErrorCode::kInvalidArgument, "no file is named");
  return parts;
}

/// Makes a folder that lasts; nothing where it is there.
Status make_folder(int parent, const std::string& name, const fs::path& shown) {
  if (::mkdirat(parent, name.c_str(), kFolderMode) != 0) {
    if (errno == EEXIST) return {};
    return write_failure(errno, "make the folder", shown);
  }
  ::fsync(parent);
  return {};
}

/// A file that has a name only once it is whole.
class Draft {
 public:
  Draft(int folder, const std::string& name)
      : folder_(folder),
        name_(fmt::format(".{}.{}{}", name.substr(0, 200), random_hex(kSuffixDigits), kDraftSuffix)) {}
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (is_there_) ::unlinkat(folder_, name_.c_str(), 0);
  }
  Status write(std::string_view content, const fs::path& shown) {
    const FileDescriptor fd(
        ::openat(folder_, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
    if (!fd.is_open()) return write_failure(errno, "write", shown);
    is_there_ = true;
    TRY(write_all(fd.get(), content, shown));
    if (::fsync(fd.get()) != 0) return system_error(errno, "write " + shown.string());
    return {};
  }
  Status move_to(const std::string& name, const fs::path& shown) {
    if (::renameat(folder_, name_.c_str(), folder_, name.c_str()) != 0) {
      return write_failure(errno, "replace", shown);
    }
    is_there_ = false;
    if (::fsync(folder_) != 0) return system_error(errno, "write " + shown.string());
    return {};
  }

 private:
  int folder_;
  std::string name_;
  bool is_there_ = false;
};

Status remove_tree(int parent, const std::string& name, int depth);

Status remove_entries(int parent, const std::string& name, int depth) {
  constexpr int kMaxDepth = 32;
  if (depth > kMaxDepth) return fail(ErrorCode::kResourceLimit, "{} is too deep", hearth::quoted(name));
  const int fd = ::openat(parent, name.c_str(), kFolderFlags | O_NOFOLLOW);
  if (fd < 0) return system_error(errno, "open " + name);
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(fd), &::closedir);
  if (folder == nullptr) {
    ::close(fd);
    return system_error(ENOMEM, "read " + name);
  }
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string inner = entry->d_name;
    if (inner != "." && inner != "..") TRY(remove_tree(fd, inner, depth + 1));
  }
  return {};
}

Status remove_tree(int parent, const std::string& name, int depth) {
  if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return write_failure(errno, "remove", name);
  TRY(remove_entries(parent, name, depth));
  if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
  return write_failure(errno, "remove", name);
}

}  // namespace

std::unexpected<Error> write_failure(int error, std::string_view doing, const fs::path& path) {
  auto failure = system_error(error, fmt::format("{} {}", doing, path.string()));
  if (error != EACCES && error != EPERM && error != EROFS) return failure;
  // Whose it is stands at the nearest folder that is there.
  struct stat info = {};
  fs::path there = path;
  while (::stat(there.c_str(), &info) != 0 && there != there.parent_path()) there = there.parent_path();
  if (info.st_uid != ::geteuid() && ::geteuid() != 0) {
    failure.error().message +=
        fmt::format(" ({} belongs to another user, uid {})", there.string(), info.st_uid);
  }
  failure.error().hint = "it can be read as it is; to write, name a folder of yours by HEARTH_MODELS";
  return failure;
}

std::unexpected<Error> FolderTree::failure(int error, std::string_view doing, const fs::path& path) const {
  const fs::path shown = root_ / path;
  if (error == ELOOP || error == ENOTDIR) {
    return fail_hint(ErrorCode::kInvalidArgument, "put a real folder or file in its place",
                     "{} is, or lies below, a symbolic link or a file", shown.string());
  }
  return system_error(error, fmt::format("{} {}", doing, shown.string()));
}

Result<FileDescriptor> FolderTree::open_folder(const fs::path& path, bool make) const {
  if (make) {
    std::error_code error;
    if (!fs::is_directory(root_, error)) {
      fs::create_directories(root_, error);
      if (error) return write_failure(error.value(), "make the folder", root_);
    }
  }
  FileDescriptor folder(::open(root_.c_str(), kFolderFlags));
  if (!folder.is_open()) return system_error(errno, "open " + root_.string());
  if (path.empty()) return folder;
  fs::path so_far = root_;
  for (const std::string& part : TRY(parts_of(path))) {
    so_far /= part;
    if (make) TRY(make_folder(folder.get(), part, so_far));
    FileDescriptor next(::openat(folder.get(), part.c_str(), kFolderFlags | O_NOFOLLOW));
    if (!next.is_open()) return failure(errno, "open", path);
    folder = std::move(next);
  }
  return folder;
}

Result<std::string> FolderTree::read(const fs::path& path, size_t max_size) const {
  TRY(parts_of(path));
  const FileDescriptor folder = TRY(open_folder(path.parent_path(), false));
  const FileDescriptor fd(
      ::openat(folder.get(), path.filename().c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.is_open()) return failure(errno, "open", path);
  struct stat info = {};
  if (::fstat(fd.get(), &info) != 0) return failure(errno, "read", path);
  TRY(require_regular(root_ / path, info.st_mode));
  if (uint64_t(info.st_size) > max_size) {
    return fail(ErrorCode::kResourceLimit, "{} is larger than the limit of {} bytes", (root_ / path).string(),
                max_size);
  }
  std::string content(size_t(info.st_size), '\0');
  for (size_t done = 0; done < content.size();) {
    const ssize_t count = ::read(fd.get(), content.data() + done, content.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure(errno, "read", path);
    if (count == 0) content.resize(done);
    done += size_t(count);
  }
  return content;
}

Status FolderTree::write(const fs::path& path, std::string_view content) const {
  TRY(parts_of(path));
  const FileDescriptor folder = TRY(open_folder(path.parent_path(), true));
  const std::string name = path.filename().string();
  Draft draft(folder.get(), name);
  TRY(draft.write(content, root_ / path));
  return draft.move_to(name, root_ / path);
}

Result<FileDescriptor> FolderTree::open_lock(const fs::path& path) const {
  TRY(parts_of(path));
  const FileDescriptor folder = TRY(open_folder(path.parent_path(), true));
  constexpr int kFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  FileDescriptor fd(::openat(folder.get(), path.filename().c_str(), kFlags, kFileMode));
  if (!fd.is_open() && errno == EISDIR) return failure(ENOTDIR, "open", path);
  if (!fd.is_open()) return write_failure(errno, "write", root_ / path);
  return fd;
}

Status FolderTree::link(const fs::path& path, const fs::path& target) const {
  TRY(parts_of(path));
  const FileDescriptor folder = TRY(open_folder(path.parent_path(), true));
  if (::symlinkat(target.c_str(), folder.get(), path.filename().c_str()) == 0) return {};
  return write_failure(errno, "make the link", root_ / path);
}

Status FolderTree::remove(const fs::path& path) const {
  TRY(parts_of(path));
  {
    const FileDescriptor folder = TRY(open_folder(path.parent_path(), false));
    if (::unlinkat(folder.get(), path.filename().c_str(), 0) != 0) {
      if (errno == ENOENT) return failure(errno, "remove", path);
      return write_failure(errno, "remove", root_ / path);
    }
    ::fsync(folder.get());
  }
  for (fs::path empty = path.parent_path(); !empty.empty(); empty = empty.parent_path()) {
    const auto folder = open_folder(empty.parent_path(), false);
    if (!folder || ::unlinkat(folder->get(), empty.filename().c_str(), AT_REMOVEDIR) != 0) break;
  }
  return {};
}

Status FolderTree::rename(const fs::path& from, const fs::path& to) const {
  TRY(parts_of(from));
  TRY(parts_of(to));
  const FileDescriptor old_folder = TRY(open_folder(from.parent_path(), false));
  const FileDescriptor new_folder = TRY(open_folder(to.parent_path(), true));
  if (::renameat(old_folder.get(), from.filename().c_str(), new_folder.get(), to.filename().c_str()) != 0) {
    return write_failure(errno, "replace", root_ / to);
  }
  ::fsync(new_folder.get());
  return {};
}

Status FolderTree::remove_all(const fs::path& path) const {
  TRY(parts_of(path));
  const auto folder = open_folder(path.parent_path(), false);
  if (!folder && folder.error().code == ErrorCode::kNotFound) return {};
  if (!folder) return std::unexpected(folder.error());
  return remove_tree(folder->get(), path.filename().string(), 0);
}

Result<std::vector<std::string>> FolderTree::list(const fs::path& path, Hidden hidden) const {
  std::vector<std::string> names;
  auto opened = open_folder(path, false);
  if (!opened) {
    if (opened.error().code == ErrorCode::kNotFound) return names;
    return std::unexpected(opened.error());
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(::fcntl(opened->get(), F_DUPFD_CLOEXEC, 0)),
                                                   &::closedir);
  if (folder == nullptr) return failure(errno, "read", path);
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == ".." || (name.starts_with('.') && hidden == Hidden::kLeftOut)) continue;
    names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

Status FolderTree::tidy(const fs::path& path, int max_depth, int64_t age_s) const {
  const auto names = list(path, Hidden::kToo);
  // What is no folder of ours is left.
  if (!names) return {};
  for (const std::string& name : *names) {
    const fs::path inner = path / name;
    const bool is_draft = name.starts_with('.') && name.ends_with(kDraftSuffix);
    if (is_draft && std::time(nullptr) - TRY(modified_s(inner)) >= age_s) {
      TRY(remove(inner));
    } else if (!is_draft && max_depth > 0) {
      TRY(tidy(inner, max_depth - 1, age_s));
      const auto folder = open_folder(path, false);
      if (folder) ::unlinkat(folder->get(), name.c_str(), AT_REMOVEDIR);
    }
  }
  return {};
}

Result<int64_t> FolderTree::modified_s(const fs::path& path) const {
  TRY(parts_of(path));
  const FileDescriptor folder = TRY(open_folder(path.parent_path(), false));
  struct stat info = {};
  if (::fstatat(folder.get(), path.filename().c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return failure(errno, "read", path);
  }
  return int64_t(info.st_mtim.tv_sec);
}

}  // namespace hearth
