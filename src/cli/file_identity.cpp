#include "cli/file_identity.h"

#include <algorithm>

#include <sys/stat.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/sha256.h"

namespace hearth {

Result<std::string> file_identity(const std::filesystem::path& path) {
  constexpr size_t kNumSamples = 512, kSampleBytes = 256;
  const MappedFile file = TRY(MappedFile::open(path));
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return fail(ErrorCode::kIo, "cannot read {}", path.string());
  const ByteSpan bytes = file.bytes();
  const std::string facts = fmt::format("{} {}.{} ", bytes.size(), info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
  Sha256 hash;
  hash.update(std::as_bytes(std::span(facts)));
  const size_t stride = std::max<size_t>(bytes.size() / kNumSamples, 1);
  for (size_t at = 0; at < bytes.size(); at += stride) {
    hash.update(bytes.subspan(at, std::min(kSampleBytes, bytes.size() - at)));
  }
  return to_hex(hash.finish());
}

}  // namespace hearth
