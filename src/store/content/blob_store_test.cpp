#include "store/content/blob_store.h"

#include "store/testing/test_folder.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

BlobDigest digest_of(std::string_view text) { return BlobDigest(sha256(std::as_bytes(std::span(text)))); }

class BlobStoreTest : public TestFolder {
 protected:
  BlobStore store() const { return BlobStore(root_ / "blobs"); }
  size_t num_files() const {
    return size_t(std::distance(fs::directory_iterator(root_ / "blobs"), fs::directory_iterator()));
  }
};

TEST_F(BlobStoreTest, WhatIsPutIsThereOnce) {
  BlobStore blobs = store();
  EXPECT_TRUE(blobs.list().empty());
  const BlobDigest digest = *blobs.put("text");
  EXPECT_EQ(digest, digest_of("text"));
  EXPECT_EQ(*blobs.put("text"), digest);
  EXPECT_EQ(*blobs.read(digest, 4), "text");
  EXPECT_TRUE(blobs.has(digest, 4));
  EXPECT_FALSE(blobs.has(digest, 5));
  EXPECT_EQ(blobs.list(), std::vector{digest});
  EXPECT_TRUE(blobs.verify(digest));
  ASSERT_TRUE(blobs.remove(digest));
  EXPECT_EQ(blobs.verify(digest).error().code, ErrorCode::kNotFound);
}

TEST_F(BlobStoreTest, WhatIsDamagedIsFoundAndReplaced) {
  BlobStore blobs = store();
  const BlobDigest digest = *blobs.put("text");
  write("blobs/" + digest.file_name(), "tExt");
  EXPECT_EQ(blobs.verify(digest).error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(blobs.read(digest, 10).error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(*blobs.put("text"), digest);
  EXPECT_TRUE(blobs.verify(digest));
  for (const bool link : {false, true}) {
    write("blobs/" + digest.file_name(), "tExt");
    EXPECT_EQ(*blobs.import(write("file", "text"), link), digest);
    EXPECT_TRUE(blobs.verify(digest)) << link;
  }
}

TEST_F(BlobStoreTest, FilesAreCopiedOrLinked) {
  const std::string content(3 << 20, 'w');
  const fs::path file = write("model.gguf", content);
  BlobStore blobs = store();
  uint64_t progress = 0;
  const BlobDigest copied = *blobs.import(file, false, [&](uint64_t done) { progress = done; });
  EXPECT_EQ(copied, digest_of(content));
  EXPECT_EQ(progress, content.size());
  EXPECT_EQ(fs::hard_link_count(blobs.path(copied)), 1u);
  ASSERT_TRUE(blobs.remove(copied));
  EXPECT_EQ(*blobs.import(file, true), copied);
  EXPECT_EQ(fs::hard_link_count(file), 2u);
  EXPECT_EQ(*blobs.import(file, true), copied);
  EXPECT_EQ(num_files(), 1u);
  EXPECT_EQ(read(file), content);
  fs::remove(file);
  EXPECT_TRUE(blobs.verify(copied));
}

TEST_F(BlobStoreTest, ALinkIsFollowedToItsFile) {
  const fs::path file = write("cache/blob", "text");
  fs::create_symlink(file, root_ / "model.gguf");
  BlobStore blobs = store();
  const BlobDigest digest = *blobs.import(root_ / "model.gguf", true);
  fs::remove(root_ / "model.gguf");
  EXPECT_TRUE(blobs.verify(digest));
  EXPECT_EQ(fs::hard_link_count(file), 2u);
}

TEST_F(BlobStoreTest, WhatCannotBeImportedLeavesNothing) {
  BlobStore blobs = store();
  fs::create_directories(root_ / "folder");
  std::stop_source stop;
  stop.request_stop();
  const fs::path file = write("file", std::string(100'000, 'x'));
  for (const bool link : {false, true}) {
    EXPECT_EQ(blobs.import(root_ / "missing", link).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(blobs.import(root_ / "folder", link).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(blobs.import(file, link, {}, stop.get_token()).error().code, ErrorCode::kCancelled);
  }
  const FullDisk full(1000);
  EXPECT_EQ(blobs.import(file, false).error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(blobs.put(std::string(5000, 'x')).error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(num_files(), 0u);
}

TEST_F(BlobStoreTest, AFileThatGrowsMeanwhileIsRefused) {
  const fs::path file = write("file", "before");
  BlobStore blobs = store();
  const auto grow = [&](uint64_t) { std::ofstream(file, std::ios::app) << "after"; };
  for (const bool link : {false, true}) {
    int calls = 0;
    const auto digest = blobs.import(file, link, [&](uint64_t done) {
      if (calls++ == 0) grow(done);
    });
    ASSERT_FALSE(digest);
    EXPECT_NE(digest.error().message.find("changed while"), std::string::npos);
  }
  EXPECT_EQ(num_files(), 0u);
}

TEST_F(BlobStoreTest, APartialFileBecomesTheBlob) {
  const BlobDigest digest = digest_of("text");
  const fs::path partial = write("blobs/" + digest.file_name() + "-partial", "text");
  BlobStore blobs = store();
  EXPECT_TRUE(blobs.list().empty());
  ASSERT_TRUE(blobs.publish(partial, digest));
  EXPECT_TRUE(blobs.has(digest, 4));
  EXPECT_EQ(num_files(), 1u);
  EXPECT_FALSE(blobs.publish(write("elsewhere", "text"), digest));
}

TEST_F(BlobStoreTest, OnlyWhatIsUnusedAndOldIsCollected) {
  BlobStore blobs = store();
  const BlobDigest used = *blobs.put("used"), unused = *blobs.put("not used");
  write("blobs/" + digest_of("a").file_name() + "-partial", "half");
  write("blobs/" + used.file_name() + "-partial-journal", "j");
  write("blobs/.draft.0123", "half");
  write("blobs/notes.txt", "mine");
  write("blobs/sha256-0123", "mine");
  EXPECT_EQ(*blobs.collect({used}, {}), 0u);
  EXPECT_EQ(num_files(), 7u);
  EXPECT_EQ(*blobs.collect({used}, {.blob = seconds(0)}), 8u);
  EXPECT_FALSE(blobs.has(unused, 8));
  EXPECT_EQ(*blobs.collect({used}, {.blob = seconds(0), .partial = seconds(0)}), 8u);
  EXPECT_EQ(num_files(), 4u);
  EXPECT_EQ(read(root_ / "blobs/notes.txt"), "mine");
}

}  // namespace
}  // namespace hearth
