#include "store/weights_digest.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "store/file_digests.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

class WeightsDigestTest : public testing::Test {
 protected:
  WeightsDigestTest() {
    std::string pattern = fs::temp_directory_path() / "hearth_digest_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~WeightsDigestTest() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return folder_ / name;
  }
  fs::path memory() const { return folder_ / "file_digests"; }

  struct Found {
    std::optional<std::string> digest;
    uint64_t num_bytes_read = 0;
    std::vector<std::string> notes;
  };
  /// What is found out of files that were opened before.
  Found find(const std::vector<MappedFile>& files) const {
    std::vector<const MappedFile*> views;
    for (const MappedFile& file : files) views.push_back(&file);
    Found found;
    const WeightsDigest digest(views, memory(),
                               [&](LogLevel, std::string_view line) { found.notes.emplace_back(line); });
    found.digest = digest.wait();
    found.num_bytes_read = digest.num_bytes_read();
    return found;
  }
  Found find(const std::vector<fs::path>& paths) const {
    std::vector<MappedFile> files;
    for (const fs::path& path : paths) files.push_back(*MappedFile::open(path));
    return find(files);
  }

  /// Writes into a file where it lies, and sets the time of writing back.
  static void change_in_place(const fs::path& path, size_t offset) {
    struct stat before = {};
    ASSERT_EQ(::stat(path.c_str(), &before), 0);
    const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    char byte = 0;
    ASSERT_EQ(::pread(file, &byte, 1, off_t(offset)), 1);
    byte = char(byte ^ 1);
    ASSERT_EQ(::pwrite(file, &byte, 1, off_t(offset)), 1);
    const timespec times[] = {before.st_atim, before.st_mtim};
    ASSERT_EQ(::futimens(file, times), 0);
    ::close(file);
    struct stat after = {};
    ASSERT_EQ(::stat(path.c_str(), &after), 0);
    ASSERT_EQ(after.st_size, before.st_size);
    ASSERT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
  }

  fs::path folder_;
};

std::string random_text(size_t size, char first) {
  std::string text;
  for (size_t i = 0; i < size; ++i) text += char(first + char(i * i % 61));
  return text;
}

TEST_F(WeightsDigestTest, CoversEveryByteOfEveryFile) {
  const std::string a = random_text(3'000'000, 'a'), b = random_text(1'000'001, 'b');
  const auto whole = find({write("a", a), write("b", b)});
  ASSERT_TRUE(whole.digest.has_value());
  EXPECT_EQ(whole.digest->size(), 64u);
  EXPECT_EQ(whole.num_bytes_read, a.size() + b.size());
  const auto differs = [&](const std::string& changed_a, const std::string& changed_b) {
    const auto found = find({write("c", changed_a), write("d", changed_b)});
    return found.digest.has_value() && found.digest != whole.digest;
  };
  for (const size_t at : {size_t{0}, size_t{1'048'575}, size_t{1'048'576}, a.size() - 1}) {
    std::string changed = a;
    changed[at] ^= 1;
    EXPECT_TRUE(differs(changed, b)) << at;
  }
  std::string changed = b;
  changed.back() ^= 1;
  EXPECT_TRUE(differs(a, changed)) << "the last byte of the last part";
  EXPECT_TRUE(differs(b, a)) << "the order";
  EXPECT_TRUE(differs(a + "x", b));
  EXPECT_EQ(find({write("c", a), write("d", b)}).digest, whole.digest) << "names do not count";
}

TEST_F(WeightsDigestTest, IsRememberedForAsLongAsTheFileIsTheSame) {
  const fs::path a = write("a", random_text(100'000, 'a')), b = write("b", random_text(50'000, 'b'));
  const auto first = find({a, b});
  ASSERT_TRUE(first.digest.has_value());
  EXPECT_EQ(first.num_bytes_read, 150'000u);
  const auto second = find({a, b});
  EXPECT_EQ(second.digest, first.digest);
  EXPECT_EQ(second.num_bytes_read, 0u);
  EXPECT_TRUE(second.notes.empty());
  // A part that was changed is read again, the other is not.
  change_in_place(b, 40'000);
  const auto third = find({a, b});
  ASSERT_TRUE(third.digest.has_value());
  EXPECT_NE(third.digest, first.digest);
  EXPECT_EQ(third.num_bytes_read, 50'000u);
  EXPECT_EQ(find({a, b}).num_bytes_read, 0u);
  // Moved within the file system, it is read again, and found to be the same.
  fs::rename(a, folder_ / "moved");
  EXPECT_EQ(find({folder_ / "moved", b}).digest, third.digest);
}

TEST_F(WeightsDigestTest, IsThatOfTheOpenFile) {
  const fs::path path = write("a", random_text(10'000, 'a'));
  const auto expected = find({path});
  std::vector<MappedFile> files;
  files.push_back(*MappedFile::open(path));
  write("new", random_text(10'000, 'b'));
  fs::rename(folder_ / "new", path);
  const auto replaced = find({path});
  EXPECT_NE(replaced.digest, expected.digest);
  // The name's file is another now, and what is open has lost its name, which is a change of its state.
  const auto found = find(files);
  EXPECT_TRUE(!found.digest || found.digest == expected.digest);
}

TEST_F(WeightsDigestTest, AFileThatChangesWhileItIsOpenHasNone) {
  for (const bool remembered : {false, true}) {
    const fs::path path = write("a", random_text(10'000, remembered ? 'a' : 'b'));
    if (remembered) ASSERT_TRUE(find({path}).digest.has_value());
    std::vector<MappedFile> files;
    files.push_back(*MappedFile::open(path));
    change_in_place(path, 5'000);
    const auto found = find(files);
    EXPECT_EQ(found.digest, std::nullopt);
    ASSERT_EQ(found.notes.size(), 1u);
    EXPECT_NE(found.notes[0].find("was changed while it is in use"), std::string::npos);
    fs::resize_file(path, 100);
    EXPECT_EQ(find(files).digest, std::nullopt) << "and nothing is read beyond its end";
  }
}

TEST_F(WeightsDigestTest, StopsAtOnce) {
  // A file that would take minutes, without a block on the disk.
  const fs::path path = write("huge", "");
  fs::resize_file(path, uint64_t(100) << 30);
  const MappedFile file = *MappedFile::open(path);
  uint64_t num_bytes_read = 0;
  {
    const WeightsDigest digest({&file}, memory(), no_log());
    while (digest.num_bytes_read() == 0) std::this_thread::yield();
    EXPECT_EQ(digest.get(), std::nullopt);
    num_bytes_read = digest.num_bytes_read();
  }
  EXPECT_LT(num_bytes_read, uint64_t(50) << 30);
  EXPECT_FALSE(fs::exists(memory()));
}

TEST_F(WeightsDigestTest, LivesWithoutAMemory) {
  const fs::path path = write("a", "content");
  const MappedFile file = *MappedFile::open(path);
  const WeightsDigest nowhere({&file}, "", no_log());
  EXPECT_TRUE(nowhere.wait().has_value());
  std::vector<std::string> notes;
  const WeightsDigest unwritable({&file}, path / "digests",
                                 [&](LogLevel, std::string_view line) { notes.emplace_back(line); });
  EXPECT_EQ(unwritable.wait(), nowhere.wait());
  EXPECT_EQ(notes.size(), 1u);
}

FileStamp stamp_of(uint64_t number) {
  return {.device = 1, .inode = number, .num_bytes = 2, .written_ns = -3, .changed_ns = 4};
}
Sha256Digest digest_of(uint64_t number) { return sha256(std::as_bytes(std::span(&number, 1))); }

TEST_F(WeightsDigestTest, ADamagedMemoryIsHarmless) {
  const FileDigests digests(memory());
  for (uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(digests.add(stamp_of(i), digest_of(i)).has_value());
  const std::string good = *read_file(memory(), 1 << 20);
  EXPECT_EQ(std::ranges::count(good, '\n'), 3);
  // Cut anywhere, the whole lines count; with any bit changed, the others.
  for (size_t size = 0; size <= good.size(); ++size) {
    const auto entries = parse_file_digests(std::string_view(good).substr(0, size));
    EXPECT_LE(entries.size(), 3u);
    for (size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(entries[i].digest, digest_of(i));
  }
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] ^= char(1 << bit % 8);
    for (const FileDigestEntry& entry : parse_file_digests(bad)) {
      ASSERT_LT(entry.stamp.inode, 3u);
      EXPECT_EQ(entry.stamp, stamp_of(entry.stamp.inode)) << bit;
      EXPECT_EQ(entry.digest, digest_of(entry.stamp.inode)) << bit;
    }
  }
  std::ofstream(memory(), std::ios::app) << "1 2 3 torn";
  EXPECT_EQ(digests.find(stamp_of(2)), digest_of(2));
  ASSERT_TRUE(digests.add(stamp_of(3), digest_of(3)).has_value());
  EXPECT_EQ(parse_file_digests(*read_file(memory(), 1 << 20)).size(), 4u);
  std::ofstream(memory(), std::ios::binary) << std::string(5000, '\xff') << "\n\n" << good;
  EXPECT_EQ(digests.find(stamp_of(1)), digest_of(1));
}

TEST_F(WeightsDigestTest, TheMemoryStaysSmall) {
  const FileDigests digests(memory());
  for (uint64_t i = 0; i < FileDigests::kMostEntries + 3; ++i) {
    ASSERT_TRUE(digests.add(stamp_of(i), digest_of(i)).has_value());
  }
  EXPECT_EQ(digests.find(stamp_of(2)), std::nullopt) << "the oldest went";
  EXPECT_TRUE(digests.find(stamp_of(3)).has_value());
  FileStamp changed = stamp_of(3);
  changed.changed_ns = 5;
  EXPECT_EQ(digests.find(changed), std::nullopt);
  ASSERT_TRUE(digests.add(changed, digest_of(77)).has_value());
  EXPECT_EQ(digests.find(changed), digest_of(77));
  EXPECT_EQ(digests.find(stamp_of(3)), std::nullopt) << "a file has one state";
}

}  // namespace
}  // namespace hearth
