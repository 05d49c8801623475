#include "store/content/blob_store.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <optional>
#include <span>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/system_error.h"
#include "store/content/hash_file.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFileMode = 0666;
constexpr size_t kSuffixDigits = 12;
constexpr size_t kNameSize = 7 + 64;
constexpr std::string_view kPartial = "-partial";

Status sync_folder(const fs::path& folder) {
  const FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open() || ::fsync(fd.get()) != 0) return system_error(errno, "write " + folder.string());
  return {};
}

/// A file of the folder under a name that nobody looks for, until it moves to its own.
class Draft {
 public:
  explicit Draft(const fs::path& folder)
      : path_(folder / fmt::format(".draft.{}", random_hex(kSuffixDigits))) {}
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  // Also where it has moved: a hard link that moves onto another one of the same file stays.
  ~Draft() { ::unlink(path_.c_str()); }

  const fs::path& path() const { return path_; }
  Status move_to(const fs::path& place) const {
    if (::rename(path_.c_str(), place.c_str()) != 0) return write_failure(errno, "write", place);
    return sync_folder(place.parent_path());
  }

 private:
  fs::path path_;
};

/// A second name for an open file, or a link to where it lies.
Status link_to(const FileDescriptor& source, const fs::path& file, const fs::path& draft) {
  const std::string opened = fmt::format("/proc/self/fd/{}", source.get());
  if (::linkat(AT_FDCWD, opened.c_str(), AT_FDCWD, draft.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
  if (errno == ENOSPC || errno == EROFS || errno == EDQUOT) return write_failure(errno, "write", draft);
  std::error_code error;
  const fs::path target = fs::canonical(file, error);
  if (error) return system_error(error.value(), "read " + file.string());
  if (::symlink(target.c_str(), draft.c_str()) == 0) return {};
  return write_failure(errno, "write", draft);
}

/// The digest that a name of the folder is of: a blob's, or one that is being fetched.
std::optional<BlobDigest> digest_of(std::string_view name) {
  const auto digest = BlobDigest::parse(name.substr(0, kNameSize));
  if (!digest || !name.starts_with("sha256-")) return std::nullopt;
  const std::string_view rest = name.substr(kNameSize);
  if (!rest.empty() && !rest.starts_with(kPartial)) return std::nullopt;
  return *digest;
}

std::chrono::seconds age_of(const struct stat& info) {
  const time_t last = std::max(info.st_mtim.tv_sec, info.st_ctim.tv_sec);
  return std::chrono::seconds(std::time(nullptr) - last);
}

}  // namespace

bool BlobStore::has(const BlobDigest& digest, uint64_t num_bytes) const {
  struct stat info = {};
  return ::stat(path(digest).c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         uint64_t(info.st_size) == num_bytes;
}

Result<BlobDigest> BlobStore::put(std::string_view content) {
  const BlobDigest digest(sha256(std::as_bytes(std::span(content))));
  if (has(digest, content.size()) && read(digest, content.size())) return digest;
  TRY(tree_.write(digest.file_name(), content));
  return digest;
}

Result<std::string> BlobStore::read(const BlobDigest& digest, size_t max_size) const {
  std::string content = TRY(read_file(path(digest), max_size));
  if (sha256(std::as_bytes(std::span(content))) == digest.bytes()) return content;
  return fail_hint(ErrorCode::kCorruptData, "pull or import the model again", "{} is not what its name says",
                   path(digest).string());
}

Result<BlobDigest> BlobStore::import(const fs::path& file, bool link, const Progress& progress,
                                     const std::stop_token& stop) {
  const FileDescriptor source = TRY(open_file(file));
  std::error_code error;
  if (!fs::is_directory(folder(), error)) {
    fs::create_directories(folder(), error);
    if (error) return write_failure(error.value(), "make the folder", folder());
  }
  return link ? import_link(file, source, progress, stop) : import_copy(file, source, progress, stop);
}

Result<BlobDigest> BlobStore::import_link(const fs::path& file, const FileDescriptor& source,
                                          const Progress& progress, const std::stop_token& stop) {
  const BlobDigest digest(TRY(hash_file(source, file, {.progress = progress, .stop = stop})));
  struct stat info = {};
  if (::fstat(source.get(), &info) != 0) return system_error(errno, "read " + file.string());
  if (has(digest, uint64_t(info.st_size)) && verify(digest)) return digest;
  const Draft draft(folder());
  TRY(link_to(source, file, draft.path()));
  TRY(draft.move_to(path(digest)));
  return digest;
}

Result<BlobDigest> BlobStore::import_copy(const fs::path& file, const FileDescriptor& source,
                                          const Progress& progress, const std::stop_token& stop) {
  const Draft draft(folder());
  const FileDescriptor copy(
      ::open(draft.path().c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!copy.is_open()) return write_failure(errno, "write", draft.path());
  HashSteps steps{.progress = progress, .stop = stop};
  const bool shares_blocks = ::ioctl(copy.get(), FICLONE, source.get()) == 0;
  if (!shares_blocks) {
    steps.take = [&](std::string_view piece) { return write_all(copy.get(), piece, draft.path()); };
  }
  const BlobDigest digest(TRY(hash_file(shares_blocks ? copy : source, file, steps)));
  struct stat info = {};
  if (::fsync(copy.get()) != 0 || ::fstat(copy.get(), &info) != 0) {
    return system_error(errno, "write " + draft.path().string());
  }
  if (!has(digest, uint64_t(info.st_size)) || !verify(digest)) TRY(draft.move_to(path(digest)));
  return digest;
}

Status BlobStore::publish(const fs::path& finished, const BlobDigest& digest) {
  if (finished.parent_path() != folder()) {
    return fail(ErrorCode::kInvalidArgument, "{} is not in {}", finished.string(), folder().string());
  }
  {
    const FileDescriptor fd = TRY(open_file(finished));
    if (::fsync(fd.get()) != 0) return system_error(errno, "write " + finished.string());
  }
  if (::rename(finished.c_str(), path(digest).c_str()) != 0) {
    return write_failure(errno, "write", path(digest));
  }
  return sync_folder(folder());
}

Status BlobStore::remove(const BlobDigest& digest) { return tree_.remove(digest.file_name()); }

std::vector<BlobDigest> BlobStore::list() const {
  std::vector<BlobDigest> digests;
  const auto names = tree_.list({});
  if (!names) return digests;
  for (const std::string& name : *names) {
    if (name.size() != kNameSize) continue;
    if (const auto digest = digest_of(name)) digests.push_back(*digest);
  }
  return digests;
}

Status BlobStore::verify(const BlobDigest& digest, const Progress& progress,
                         const std::stop_token& stop) const {
  const FileDescriptor fd = TRY(open_file(path(digest)));
  if (TRY(hash_file(fd, path(digest), {.progress = progress, .stop = stop})) == digest.bytes()) return {};
  return fail_hint(ErrorCode::kCorruptData, "pull or import the model again", "{} is not what its name says",
                   path(digest).string());
}

Result<uint64_t> BlobStore::collect(const std::set<BlobDigest>& used, const GarbageAges& ages) {
  uint64_t num_bytes = 0;
  for (const std::string& name : TRY(tree_.list({}, FolderTree::Hidden::kToo))) {
    const auto digest = digest_of(name);
    const bool is_draft = name.starts_with('.');
    if ((digest && used.contains(*digest)) || (!digest && !is_draft)) continue;
    struct stat info = {};
    const fs::path file = folder() / name;
    if (::lstat(file.c_str(), &info) != 0 || S_ISDIR(info.st_mode)) continue;
    const bool is_whole = digest && name.size() == kNameSize;
    if (age_of(info) < (is_whole ? ages.blob : ages.partial)) continue;
    TRY(tree_.remove(name));
    // What has further names stays on the disk.
    if (info.st_nlink == 1 && S_ISREG(info.st_mode)) num_bytes += uint64_t(info.st_size);
  }
  return num_bytes;
}

}  // namespace hearth
