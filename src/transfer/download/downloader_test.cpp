#include "transfer/download/downloader.h"

#include <atomic>
#include <map>
#include <thread>

#include "transfer/testing/download_rig.h"

namespace hearth::transfer {
namespace {

using std::chrono::milliseconds;

constexpr size_t kSize = 300'000;

/// Bytes that requests for parts have asked for, the probes of one byte aside.
uint64_t bytes_asked(const std::vector<ServedRequest>& requests) {
  uint64_t sum = 0;
  for (const ServedRequest& request : requests) {
    uint64_t begin = 0, last = 0;
    if (std::sscanf(request.header("range").c_str(), "bytes=%lu-%lu", &begin, &last) == 2 && last > 0) {
      sum += last + 1 - begin;
    }
  }
  return sum;
}

class DownloaderTest : public DownloadRig {
 protected:
  /// Bytes that may have been asked of two connections: what one took over of another.
  uint64_t taken_over() const { return uint64_t(options_.num_connections) * options_.max_chunk; }
};

TEST_F(DownloaderTest, FetchesByParts) {
  const std::string content = random_content(kSize, 1);
  HttpTestServer server(
      [&](const ServedRequest& request) { return ranged_answer(request, content, "\"a\""); });
  ASSERT_TRUE(fetch(server, content));
  EXPECT_EQ(num_files(), 1u) << "no partial file and no journal is left";
  EXPECT_GE(bytes_asked(server.requests()), kSize);
  EXPECT_LE(bytes_asked(server.requests()), kSize + taken_over()) << "nothing is fetched twice";
  EXPECT_LE(server.num_connections(), 2 * size_t(options_.num_connections)) << "connections are kept";
  const size_t num_requests = server.requests().size();
  ASSERT_TRUE(fetch(server, content));
  EXPECT_EQ(server.requests().size(), num_requests) << "what is there is not fetched";
}

TEST_F(DownloaderTest, FetchesEmptyAndTinyFiles) {
  for (const size_t size : {0, 1, 2, 16384, 16385}) {
    const std::string content = random_content(size, 2);
    HttpTestServer server(
        [&](const ServedRequest& request) { return ranged_answer(request, content, "\"a\""); });
    EXPECT_TRUE(fetch(server, content)) << size;
    std::filesystem::remove_all(folder_);
  }
}

TEST_F(DownloaderTest, AServerWithoutPartsIsRead) {
  const std::string content = random_content(kSize, 3);
  std::atomic<int> count = 0;
  HttpTestServer server([&](const ServedRequest&) {
    ServedAnswer answer{.body = content};
    // The probe, then an answer that is cut, then all of it.
    if (++count == 2) answer.send_only = 100'000;
    return answer;
  });
  EXPECT_TRUE(fetch(server, content));
  EXPECT_EQ(count, 3);
}

TEST_F(DownloaderTest, IsStoppedAndGoesOn) {
  const std::string content = random_content(kSize, 4);
  HttpTestServer server(
      [&](const ServedRequest& request) { return ranged_answer(request, content, "\"a\""); });
  std::stop_source stop;
  http_.bytes_per_second = 2'000'000;
  const auto stopped = fetch(server, content, stop.get_token(), [&](uint64_t num_bytes) {
    if (num_bytes > kSize / 3) stop.request_stop();
  });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  const uint64_t first = bytes_asked(server.requests());
  ASSERT_LT(first, kSize);
  EXPECT_EQ(num_files(), 2u) << "the partial file and its journal stay";
  http_.bytes_per_second = 0;
  uint64_t begin = kSize;
  ASSERT_TRUE(fetch(server, content, {}, [&](uint64_t num_bytes) { begin = std::min(begin, num_bytes); }));
  EXPECT_GE(begin, kSize / 3) << "progress goes on where it was";
  EXPECT_LE(bytes_asked(server.requests()), kSize + 3 * options_.max_chunk + 2 * taken_over());
}

TEST_F(DownloaderTest, ADamagedPartialFileIsFetchedAnew) {
  const std::string content = random_content(kSize, 5);
  HttpTestServer server(
      [&](const ServedRequest& request) { return ranged_answer(request, content, "\"a\""); });
  std::stop_source stop;
  http_.bytes_per_second = 2'000'000;
  ASSERT_FALSE(fetch(server, content, stop.get_token(), [&](uint64_t num_bytes) {
    if (num_bytes > kSize / 2) stop.request_stop();
  }));
  http_.bytes_per_second = 0;
  const auto partial = PartialFile::path(folder_ / "blobs", digest_of(content).file_name());
  {
    std::FILE* file = std::fopen(partial.c_str(), "r+b");
    ASSERT_NE(file, nullptr);
    std::fputc(content[0] ^ 1, file);
    std::fclose(file);
  }
  EXPECT_TRUE(fetch(server, content));
  std::filesystem::remove_all(folder_);
}

TEST_F(DownloaderTest, TheWrongFileIsAnErrorThatNamesIt) {
  const std::string content = random_content(kSize, 6), other = random_content(kSize, 7);
  HttpTestServer server([&](const ServedRequest& request) { return ranged_answer(request, other, "\"a\""); });
  const auto fetched = fetch(server, content);
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kCorruptData);
  for (const std::string& part :
       {std::string("weights.gguf"), digest_of(content).hex(), digest_of(other).hex()}) {
    EXPECT_TRUE(fetched.error().message.contains(part)) << fetched.error().message;
  }
  EXPECT_GE(bytes_asked(server.requests()), 2 * kSize);
  EXPECT_LE(bytes_asked(server.requests()), 2 * (kSize + taken_over()))
      << "it is fetched twice, not for ever";
  EXPECT_EQ(num_files(), 0u);
}

TEST_F(DownloaderTest, AnExpiredAddressIsAskedForAgain) {
  const std::string content = random_content(kSize, 8);
  std::atomic<int> signature = 0, served = 0;
  HttpTestServer server([&](const ServedRequest& request) {
    if (request.target == "/file") {
      return ServedAnswer{.status = 302,
                          .headers = {{"Location", fmt::format("/signed?{}", int(signature))}}};
    }
    if (request.target != fmt::format("/signed?{}", int(signature))) return ServedAnswer{.status = 403};
    if (++served % 7 == 0) ++signature;
    return ranged_answer(request, content, "\"a\"");
  });
  EXPECT_TRUE(fetch(server, content));
}

TEST_F(DownloaderTest, FewerConnectionsAreEnough) {
  const std::string content = random_content(kSize, 9);
  std::atomic<int> running = 0;
  HttpTestServer server([&](const ServedRequest& request) {
    const bool is_crowded = ++running > 1 && request.header("range") != "bytes=0-0";
    std::this_thread::sleep_for(milliseconds(1));
    --running;
    return is_crowded ? ServedAnswer{.status = 429} : ranged_answer(request, content, "\"a\"");
  });
  http_.num_attempts = 50;
  EXPECT_TRUE(fetch(server, content));
}

TEST_F(DownloaderTest, TwoAtOnceAreOneDownload) {
  const std::string content = random_content(kSize, 10);
  HttpTestServer server(
      [&](const ServedRequest& request) { return ranged_answer(request, content, "\"a\""); });
  http_.bytes_per_second = 1'000'000;
  std::vector<std::jthread> threads;
  std::atomic<int> num_right = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      HttpClient client(http_, {});
      BlobStore blobs(folder_ / "blobs");
      Downloader downloader(client, blobs, options_);
      num_right += int(downloader.fetch(file_of(client, server, content), [](uint64_t) {}).has_value());
    });
  }
  threads.clear();
  EXPECT_EQ(num_right, 4);
  EXPECT_LE(bytes_asked(server.requests()), kSize + taken_over());
  EXPECT_EQ(num_files(), 1u);
}

TEST_F(DownloaderTest, AFileWithoutADigestIsBoundToItsETag) {
  const std::string content = random_content(kSize, 11);
  std::string tag = "\"a\"";
  HttpTestServer server([&](const ServedRequest& request) { return ranged_answer(request, content, tag); });
  HttpClient client(http_, {});
  BlobStore blobs(folder_ / "blobs");
  Downloader downloader(client, blobs, options_);
  DownloadFile file = file_of(client, server, content);
  file.sha256.reset();
  file.validator = tag;
  const auto fetched = downloader.fetch(file, [](uint64_t) {});
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(fetched->digest, digest_of(content));
  tag = "\"b\"";
  const auto changed = downloader.fetch(file, [](uint64_t) {});
  ASSERT_FALSE(changed);
  EXPECT_TRUE(changed.error().message.contains("changed on the server")) << changed.error().message;
}

TEST_F(DownloaderTest, GitsNameOfAFileIsChecked) {
  const std::string content = "hello\n";
  HttpTestServer server(
      [&](const ServedRequest& request) { return ranged_answer(request, content, "\"a\""); });
  HttpClient client(http_, {});
  BlobStore blobs(folder_ / "blobs");
  Downloader downloader(client, blobs, options_);
  DownloadFile file = file_of(client, server, content);
  file.sha256.reset();
  file.git_sha1 = "ce013625030ba8dba906f756967f9e9ca394464a";
  ASSERT_TRUE(downloader.fetch(file, [](uint64_t) {}));
  file.git_sha1[0] = 'd';
  const auto wrong = downloader.fetch(file, [](uint64_t) {});
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(wrong.error().message.contains("Git SHA-1")) << wrong.error().message;
}

TEST_F(DownloaderTest, AFolderThatCannotBeWrittenIsNamed) {
  const std::string content = random_content(100, 12);
  HttpTestServer server(
      [&](const ServedRequest& request) { return ranged_answer(request, content, "\"a\""); });
  std::filesystem::create_directories(folder_);
  ASSERT_TRUE(write_file_atomic(folder_ / "blobs", "in the way"));
  const auto fetched = fetch(server, content);
  ASSERT_FALSE(fetched);
  EXPECT_TRUE(fetched.error().message.contains((folder_ / "blobs").string())) << fetched.error().message;
  EXPECT_EQ(server.requests().size(), 0u);
  std::filesystem::remove_all(folder_);
}

}  // namespace
}  // namespace hearth::transfer
