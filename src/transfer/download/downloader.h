#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "store/content/blob_store.h"
#include "transfer/download/gap_fetcher.h"

namespace hearth::transfer {

/// A file that is to become a blob.
struct DownloadFile {
  std::string name;  ///< for messages
  uint64_t num_bytes = 0;
  Locate locate;
  std::optional<BlobDigest> sha256 = {};  ///< what it must be; nothing: found out
  std::string git_sha1 = {};              ///< what Git calls it, in hexadecimal; empty: not known
  std::string identity = {};              ///< of a file without a known digest: what it is a part of
  std::string validator = {};             ///< of a file without a known digest: its strong ETag
  /// Of a file without a known digest: whether another has fetched it while this one waited.
  std::function<std::optional<BlobDigest>()> find_finished = {};

  /// What its partial file is called: by its digest, or by one of what is known of it.
  std::string partial_key() const;
};

/// Fetches files into a store of blobs, one after the other: each is there whole and checked, or not at all.
/// What two fetch at once, in whatever process, is fetched by one of them. For one thread.
class Downloader {
 public:
  using OnProgress = std::function<void(uint64_t num_bytes)>;

  Downloader(HttpClient& client, BlobStore& blobs, const DownloadOptions& options)
      : client_(client), blobs_(blobs), options_(options), loop_(client.options()) {}

  /// A blob that is there, and the lock on its partial file, which others wait for.
  struct Fetched {
    BlobDigest digest;
    std::unique_ptr<PartialFile> lock = {};
  };
  /// Progress never falls. Errors: kCorruptData naming the file and the digests, or as of `GapFetcher::run`.
  Result<Fetched> fetch(const DownloadFile& file, const OnProgress& on_progress);

  /// Bytes that fetching a file would still take of the disk.
  uint64_t missing_bytes(const DownloadFile& file) const;

 private:
  Result<BlobDigest> fetch_into(PartialFile& partial, const DownloadFile& file,
                                const OnProgress& on_progress);
  Status check(const DownloadFile& file, const ContentHash::Digests& digests,
               const std::string& remark) const;

  HttpClient& client_;
  BlobStore& blobs_;
  const DownloadOptions options_;
  HttpLoop loop_;
};

}  // namespace hearth::transfer
