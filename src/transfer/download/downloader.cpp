#include "transfer/download/downloader.h"

#include <algorithm>
#include <filesystem>

#include "base/hex.h"
#include "base/system_error.h"

namespace hearth::transfer {

std::string DownloadFile::partial_key() const {
  if (sha256) return sha256->file_name();
  return BlobDigest(hearth::sha256(as_bytes(identity + '\n' + git_sha1 + '\n' + name))).file_name();
}

Result<Downloader::Fetched> Downloader::fetch(const DownloadFile& file, const OnProgress& on_progress) {
  uint64_t most = 0;
  const OnProgress forward = [&](uint64_t num_bytes) {
    most = std::max(most, num_bytes);
    on_progress(most);
  };
  const auto there = [&]() -> std::optional<BlobDigest> {
    if (file.sha256 && blobs_.has(*file.sha256, file.num_bytes)) return file.sha256;
    return std::nullopt;
  };
  if (const auto digest = there()) {
    forward(file.num_bytes);
    return Fetched{.digest = *digest};
  }
  std::error_code made;
  std::filesystem::create_directories(blobs_.folder(), made);
  if (made) return system_error(made.value(), "make the folder " + blobs_.folder().string());
  auto partial = TRY(PartialFile::open({.folder = blobs_.folder(),
                                        .key = file.partial_key(),
                                        .num_bytes = file.num_bytes,
                                        .validator = file.validator,
                                        .with_git = !file.git_sha1.empty()},
                                       client_.stop(), forward));
  auto elsewhere = there();
  if (!elsewhere && file.find_finished) elsewhere = file.find_finished();
  if (elsewhere) {
    partial->discard();
    forward(file.num_bytes);
    return Fetched{.digest = *elsewhere};
  }
  auto fetched = fetch_into(*partial, file, forward);
  if (!fetched) {
    // What has brought nothing leaves nothing.
    if (partial->size() == 0) partial->discard();
    return std::unexpected(fetched.error());
  }
  return Fetched{.digest = *fetched, .lock = std::move(partial)};
}

Result<BlobDigest> Downloader::fetch_into(PartialFile& partial, const DownloadFile& file,
                                          const OnProgress& on_progress) {
  TRY(partial.reserve());
  on_progress(partial.size());
  for (bool is_second = false;; is_second = true) {
    GapFetcher fetcher(
        {.name = file.name, .num_bytes = file.num_bytes, .locate = file.locate, .validator = file.validator},
        options_, client_, loop_, partial, on_progress);
    if (!partial.is_whole()) TRY(fetcher.run());
    const ContentHash::Digests digests = TRY(partial.finish(client_.stop()));
    const Status right = check(file, digests, fetcher.remark());
    if (right) {
      const BlobDigest digest(digests.sha256);
      TRY(blobs_.publish(partial.path(), digest));
      partial.discard();
      return digest;
    }
    // Which part is wrong cannot be known: all of it is fetched once more.
    TRY(partial.restart(file.validator));
    if (!is_second) continue;
    partial.discard();
    return std::unexpected(right.error());
  }
}

Status Downloader::check(const DownloadFile& file, const ContentHash::Digests& digests,
                         const std::string& remark) const {
  const auto wrong = [&](std::string_view kind, const std::string& is, const std::string& expected) {
    return fail_hint(
        ErrorCode::kCorruptData,
        remark.empty() ? "the server has another file than its publisher names, or the way to it damages it"
                       : remark,
        "{}: the {} of what was fetched is {}, but {} is expected", file.name, kind, is, expected);
  };
  if (file.sha256 && file.sha256->bytes() != digests.sha256) {
    return wrong("SHA-256", to_hex(digests.sha256), file.sha256->hex());
  }
  if (!file.git_sha1.empty() && digests.git_sha1 != file.git_sha1) {
    return wrong("Git SHA-1", digests.git_sha1, file.git_sha1);
  }
  return {};
}

uint64_t Downloader::missing_bytes(const DownloadFile& file) const {
  if (file.sha256 && blobs_.has(*file.sha256, file.num_bytes)) return 0;
  const uint64_t taken = allocated_bytes(PartialFile::path(blobs_.folder(), file.partial_key()));
  return file.num_bytes - std::min(file.num_bytes, taken);
}

}  // namespace hearth::transfer
