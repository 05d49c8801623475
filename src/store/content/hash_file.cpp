#include "store/content/hash_file.h"

#include <cerrno>
#include <span>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "base/system_error.h"

namespace hearth {
namespace {

constexpr size_t kPieceBytes = size_t(1) << 20;

bool is_same(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

Result<Sha256Digest> hash_file(const FileDescriptor& file, const std::filesystem::path& shown,
                               const HashSteps& steps) {
  struct stat before = {}, after = {};
  if (::fstat(file.get(), &before) != 0) return system_error(errno, "read " + shown.string());
  Sha256 hash;
  std::vector<char> buffer(kPieceBytes);
  for (uint64_t done = 0;;) {
    if (steps.stop.stop_requested()) return fail(ErrorCode::kCancelled, "stopped reading {}", shown.string());
    const ssize_t count = ::pread(file.get(), buffer.data(), buffer.size(), off_t(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, "read " + shown.string());
    if (count == 0) break;
    const std::string_view piece(buffer.data(), size_t(count));
    hash.update(std::as_bytes(std::span(piece)));
    if (steps.take) TRY(steps.take(piece));
    done += piece.size();
    if (steps.progress) steps.progress(done);
  }
  if (::fstat(file.get(), &after) != 0) return system_error(errno, "read " + shown.string());
  if (!is_same(before, after)) {
    return fail_hint(ErrorCode::kIo, "wait until nothing writes to it", "{} changed while it was read",
                     shown.string());
  }
  return hash.finish();
}

}  // namespace hearth
