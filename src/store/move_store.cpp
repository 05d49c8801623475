#include "store/move_store.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <sys/file.h>

#include "base/system_error.h"
#include "store/content/folder_tree.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

Status as_status(const std::error_code& error, std::string_view doing, const fs::path& path) {
  if (!error) return {};
  return write_failure(error.value(), doing, path);
}

/// A place that is free, and not within what is moved.
Status check_target(const fs::path& from, const fs::path& to) {
  std::error_code error;
  const fs::path inside = fs::weakly_canonical(to, error).lexically_relative(from);
  if (!inside.empty() && *inside.begin() != "..") {
    return fail_hint(ErrorCode::kInvalidArgument, "name a folder elsewhere", "{} is within the store itself",
                     to.string());
  }
  const bool is_free = !fs::exists(to, error) || (fs::is_directory(to, error) && fs::is_empty(to, error));
  if (is_free) return {};
  return fail_hint(ErrorCode::kInvalidArgument, "name a folder that is empty, or not there yet",
                   "{} is taken", to.string());
}

Status check_space(const fs::path& from, const fs::path& to) {
  uint64_t needed = 0;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(from, error)) {
    if (entry.is_regular_file() && !entry.is_symlink()) needed += entry.file_size();
  }
  const fs::space_info space = fs::space(to, error);
  if (error || space.available >= needed) return {};
  return fail_hint(ErrorCode::kNoSpace, "free some disk space", "{} has {} bytes left, and {} are needed",
                   to.string(), space.available, needed);
}

Status copy_store(const fs::path& from, const fs::path& to) {
  TRY(check_space(from, to));
  std::error_code error;
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
  TRY(as_status(error, "copy the store to", to));
  const BlobStore copied(to / "blobs");
  for (const BlobDigest& blob : copied.list()) {
    const Status whole = copied.verify(blob);
    // What was damaged before is no fault of the copy.
    if (whole || !BlobStore(from / "blobs").verify(blob)) continue;
    return whole;
  }
  return {};
}

Status leave_link(const fs::path& place, const fs::path& to) {
  std::error_code error;
  if (fs::is_symlink(place, error)) fs::remove(place, error);
  fs::create_directory_symlink(to, place, error);
  return as_status(error, "leave a link at", place);
}

/// Moves by copying; what is half copied goes again.
Status move_by_copy(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to, error);
  TRY(as_status(error, "make the folder", to));
  if (const Status copied = copy_store(from, to); !copied) {
    std::error_code ignored;
    fs::remove_all(to, ignored);
    return copied;
  }
  fs::remove_all(from, error);
  return as_status(error, "remove", from);
}

}  // namespace

Status move_store(const ModelStore& store, const fs::path& to) {
  std::error_code error;
  const fs::path place = store.folder(), from = fs::canonical(place, error);
  if (error) return system_error(error.value(), "open " + place.string());
  const fs::path target = fs::absolute(to, error).lexically_normal();
  TRY(check_target(from, target));
  const FileDescriptor lock = TRY(FolderTree(from).open_lock(".lock"));
  while (::flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return system_error(errno, "lock " + from.string());
  }
  fs::create_directories(target.parent_path(), error);
  TRY(as_status(error, "make the folder", target.parent_path()));
  if (::rename(from.c_str(), target.c_str()) != 0) {
    if (errno != EXDEV) return write_failure(errno, "move the store to", target);
    TRY(move_by_copy(from, target));
  }
  return leave_link(place, target);
}

}  // namespace hearth
