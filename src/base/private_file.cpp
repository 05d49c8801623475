#include "base/private_file.h"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/system_error.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFileMode = 0600, kFolderMode = 0700, kPermissions = 0777, kOthers = 0077;

std::string doing(std::string_view what, const fs::path& path) {
  return fmt::format("{} {}", what, path.string());
}

/// `change` sets the mode of what `info` tells of; `look` tells of it again.
template <typename Change, typename Look>
Status narrow(const fs::path& path, struct stat info, mode_t wanted, const Change& change, const Look& look,
              const LogSink& log) {
  if (info.st_uid != ::geteuid()) {
    return fail_hint(ErrorCode::kIo, "take it over (chown), or choose another place",
                     "{} belongs to another user (uid {}), who could read and change what is kept there",
                     path.string(), info.st_uid);
  }
  const mode_t before = info.st_mode & kPermissions;
  if (before == wanted) return {};
  if (change(wanted) != 0) return system_error(errno, doing("narrow the permissions of", path));
  if (look(info) != 0 || (info.st_mode & kOthers) != 0) {
    return fail_hint(ErrorCode::kIo, "choose a place on a file system that has permissions",
                     "others can read {}, and its permissions cannot be narrowed", path.string());
  }
  if ((before & kOthers) != 0) {
    log(LogLevel::kWarning,
        fmt::format("others could use {} (mode {:04o}); it is for its owner alone now ({:04o})",
                    path.string(), before, wanted));
  }
  return {};
}

Status check_file(const fs::path& path, const struct stat& info) {
  TRY(require_regular(path, info.st_mode));
  if (info.st_nlink > 1) {
    return fail_hint(ErrorCode::kIo, "put a copy in its place",
                     "{} is known by {} names (hard links), one of which may be another user's",
                     path.string(), info.st_nlink);
  }
  return {};
}

/// Nothing where the folder or something else is there already.
Status make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), kFolderMode) != 0) {
    if (errno == EEXIST) return {};
    return system_error(errno, doing("make the folder", folder));
  }
  // The umask may have taken the owner's own rights.
  if (::chmod(folder.c_str(), kFolderMode) == 0) return {};
  return system_error(errno, doing("set the permissions of", folder));
}

Status make_folders(const fs::path& folder) {
  const fs::path parent = folder.parent_path();
  struct stat info = {};
  if (!parent.empty() && parent != folder && ::stat(parent.c_str(), &info) != 0 && errno == ENOENT) {
    TRY(make_folders(parent));
  }
  return make_folder(folder);
}

}  // namespace

Status make_private_folder(const fs::path& folder, const LogSink& log) {
  TRY(make_folders(folder));
  struct stat info = {};
  // A link that the owner has laid to a folder of his elsewhere is followed.
  const auto look = [&](struct stat& found) { return ::stat(folder.c_str(), &found); };
  if (look(info) != 0) return system_error(errno, doing("use the folder", folder));
  if (!S_ISDIR(info.st_mode)) {
    return fail_hint(ErrorCode::kInvalidArgument, "move it away, or choose another place",
                     "{} is not a folder", folder.string());
  }
  const auto change = [&](mode_t mode) { return ::chmod(folder.c_str(), mode); };
  return narrow(folder, info, kFolderMode, change, look, log);
}

Result<FileDescriptor> open_private_file(const fs::path& path, const LogSink& log) {
  // O_NONBLOCK: what is no file must not be waited for. A file that this makes has no more than the umask
  // leaves of its mode, which is set right below.
  constexpr int kFlags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  FileDescriptor fd(::open(path.c_str(), kFlags, kFileMode));
  if (!fd.is_open()) return open_failure(path, errno);
  struct stat info = {};
  const auto look = [&](struct stat& found) { return ::fstat(fd.get(), &found); };
  if (look(info) != 0) return system_error(errno, doing("open", path));
  TRY(check_file(path, info));
  const auto change = [&](mode_t mode) { return ::fchmod(fd.get(), mode); };
  TRY(narrow(path, info, kFileMode, change, look, log));
  return fd;
}

Status keep_private(const fs::path& path, const LogSink& log) {
  struct stat info = {};
  const auto look = [&](struct stat& found) { return ::lstat(path.c_str(), &found); };
  if (look(info) != 0) {
    if (errno == ENOENT) return {};
    return system_error(errno, doing("open", path));
  }
  TRY(check_file(path, info));
  const auto change = [&](mode_t mode) { return ::chmod(path.c_str(), mode); };
  return narrow(path, info, kFileMode, change, look, log);
}

}  // namespace hearth
