#pragma once

#include <atomic>
#include <filesystem>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "transfer/download/downloader.h"
#include "transfer/testing/http_test_server.h"

namespace hearth::transfer {

inline std::string random_content(size_t size, uint32_t seed) {
  std::minstd_rand chance(seed);
  std::string content(size, '\0');
  for (char& c : content) c = char(chance() >> 8);
  return content;
}

/// A folder of blobs, and files that are fetched into it from a test server.
class DownloadRig : public testing::Test {
 protected:
  void SetUp() override {
    // Hundreds of downloads that sync every part want a file system in memory.
    const std::filesystem::path memory = "/dev/shm";
    folder_ = (std::filesystem::is_directory(memory) ? memory : std::filesystem::path(testing::TempDir())) /
              ("hearth_download_" + std::to_string(::getpid()) +
               std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(folder_);
    http_.insecure = true;
    http_.addresses.allow_private = true;
    http_.first_backoff = std::chrono::milliseconds(1);
    http_.num_attempts = 4;
    options_ = {.num_connections = 3, .min_chunk = 16 << 10, .max_chunk = 16 << 10};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static BlobDigest digest_of(const std::string& content) { return BlobDigest(sha256(as_bytes(content))); }

  DownloadFile file_of(HttpClient& client, const HttpTestServer& server, const std::string& content) {
    return {.name = "weights.gguf",
            .num_bytes = content.size(),
            .locate =
                [&client, url = *Url::parse(server.url("/file"))] {
                  return locate(client, url, {}, [](const HttpAnswer& answer) {
                    return status_failure(answer.head, "weights.gguf").error;
                  });
                },
            .sha256 = digest_of(content)};
  }

  /// Checks that progress never falls, and that what is there is right.
  Result<BlobDigest> fetch(const HttpTestServer& server, const std::string& content,
                           std::stop_token stop = {}, const std::function<void(uint64_t)>& watch = {}) {
    HttpClient client(http_, std::move(stop));
    BlobStore blobs(folder_ / "blobs");
    Downloader downloader(client, blobs, options_);
    uint64_t last = 0;
    auto fetched = downloader.fetch(file_of(client, server, content), [&](uint64_t num_bytes) {
      EXPECT_GE(num_bytes, last);
      EXPECT_LE(num_bytes, content.size());
      last = num_bytes;
      if (watch) watch(num_bytes);
    });
    if (std::filesystem::is_directory(folder_ / "blobs")) check_files(content);
    if (!fetched) return std::unexpected(fetched.error());
    EXPECT_EQ(last, content.size());
    EXPECT_EQ(fetched->digest, digest_of(content));
    EXPECT_EQ(*read_file(blobs.path(fetched->digest), content.size()), content);
    return fetched->digest;
  }

  /// No blob is there but the right one.
  void check_files(const std::string& content) const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "blobs")) {
      const std::string name = entry.path().filename().string();
      if (name.contains("-partial")) continue;
      EXPECT_EQ(name, digest_of(content).file_name());
      EXPECT_EQ(*read_file(entry.path(), content.size()), content);
    }
  }

  size_t num_files() const {
    const std::filesystem::directory_iterator files(folder_ / "blobs");
    return size_t(std::distance(begin(files), end(files)));
  }

  std::filesystem::path folder_;
  HttpOptions http_;
  DownloadOptions options_;
};

}  // namespace hearth::transfer
