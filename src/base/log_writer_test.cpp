#include "base/log_writer.h"

#include <array>
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file_descriptor.h"

namespace hearth {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends = {-1, -1};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    out = FileDescriptor(ends[0]);
    in = FileDescriptor(ends[1]);
    ::fcntl(in.get(), F_SETPIPE_SZ, 4096);
  }
  /// Until nobody can write to it any more.
  std::string read_all() {
    in = FileDescriptor();
    std::string all;
    std::array<char, 4096> part;
    for (ssize_t size; (size = ::read(out.get(), part.data(), part.size())) > 0;)
      all.append(part.data(), size_t(size));
    return all;
  }
  FileDescriptor out, in;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// The numbers 0 to `total` in order, with the lines that say how many are missing just where they are
/// missing.
void expect_whole(const std::vector<std::string>& lines, uint64_t total, uint64_t num_dropped) {
  uint64_t next = 0, told = 0;
  for (const std::string& line : lines) {
    if (line.starts_with("note: ")) {
      const uint64_t count = std::stoull(line.substr(6));
      next += count;
      told += count;
    } else {
      ASSERT_EQ(line, "line " + std::to_string(next));
      ++next;
    }
  }
  EXPECT_EQ(told, num_dropped);
  EXPECT_EQ(next, total);
}

class LogWriterTest : public testing::Test {
 protected:
  LogWriterTest() {
    std::string pattern = testing::TempDir() + "hearth_log_XXXXXX";
    file_ = FileDescriptor(::mkostemp(pattern.data(), O_CLOEXEC | O_APPEND));
    path_ = pattern;
  }
  ~LogWriterTest() override { ::unlink(path_.c_str()); }
  std::string content() const {
    std::ifstream stream(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  FileDescriptor file_;
  std::string path_;
};

TEST_F(LogWriterTest, WritesAllLinesInOrderBeforeItEnds) {
  {
    const auto writer = *LogWriter::start(file_.get());
    for (int i = 0; i < 1000; ++i) writer->add("line " + std::to_string(i));
  }
  expect_whole(lines_of(content()), 1000, 0);
}

TEST_F(LogWriterTest, LinesOfManyThreadsStayWhole) {
  {
    const auto writer = *LogWriter::start(file_.get());
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 500; ++i) writer->add(std::string(size_t(i % 50), char('a' + t)));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const auto lines = lines_of(content());
  EXPECT_EQ(lines.size(), 2000u);
  for (const std::string& line : lines)
    EXPECT_EQ(line.find_first_not_of(line.substr(0, 1)), std::string::npos);
}

TEST_F(LogWriterTest, AStalledReaderCostsLinesAndNothingElse) {
  Pipe pipe;
  auto writer =
      *LogWriter::start(pipe.in.get(), {.max_bytes = 20'000, .last_words = std::chrono::seconds(20)});
  constexpr int kLines = 5000;
  for (int i = 0; i < kLines; ++i) writer->add("line " + std::to_string(i));
  EXPECT_GT(writer->num_dropped(), 0u);
  const uint64_t dropped = writer->num_dropped();
  std::string text;
  std::thread reader([&] {
    std::array<char, 512> part;
    for (ssize_t size; (size = ::read(pipe.out.get(), part.data(), part.size())) > 0;)
      text.append(part.data(), size_t(size));
  });
  writer.reset();
  pipe.in = FileDescriptor();
  reader.join();
  expect_whole(lines_of(text), kLines, dropped);
}

TEST_F(LogWriterTest, AStalledReaderDoesNotKeepItsEnd) {
  Pipe pipe;
  auto writer = *LogWriter::start(pipe.in.get(), {.last_words = std::chrono::milliseconds(10)});
  for (int i = 0; i < 5000; ++i) writer->add("line " + std::to_string(i));
  writer.reset();
  EXPECT_TRUE(pipe.read_all().starts_with("line 0\n"));
}

TEST_F(LogWriterTest, AReaderThatLeavesEndsNothing) {
  std::signal(SIGPIPE, SIG_DFL);
  Pipe pipe;
  pipe.out = FileDescriptor();
  auto writer = *LogWriter::start(pipe.in.get());
  for (int i = 0; i < 100; ++i) writer->add("line");
  while (writer->num_dropped() < 100) std::this_thread::yield();
  EXPECT_EQ(writer->num_dropped(), 100u);
}

TEST_F(LogWriterTest, AFullDeviceAndAClosedDescriptorAreCounted) {
  const FileDescriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  for (const int fd : {full.get(), -1, 1'000'000}) {
    auto writer = *LogWriter::start(fd);
    for (int i = 0; i < 100; ++i) writer->add("line");
    while (writer->num_dropped() < 100) std::this_thread::yield();
    EXPECT_EQ(writer->num_dropped(), 100u) << fd;
  }
}

TEST_F(LogWriterTest, SaysWhatIsMissingWhenTheDiskHasRoomAgain) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit former = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &former), 0);
  auto writer = *LogWriter::start(file_.get());
  writer->add("line 0");
  while (content() != "line 0\n") std::this_thread::yield();
  // Four bytes more: the next line is torn.
  const rlimit narrow = {.rlim_cur = 11, .rlim_max = former.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &narrow), 0);
  for (int i = 1; i < 10; ++i) writer->add("line " + std::to_string(i));
  while (writer->num_dropped() < 9) std::this_thread::yield();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &former), 0);
  writer->add("line 10");
  writer.reset();
  EXPECT_TRUE(content().starts_with("line 0\nline\nnote: 9 lines ")) << content();
  auto lines = lines_of(content());
  lines.erase(lines.begin() + 1);
  expect_whole(lines, 11, 9);
}

TEST_F(LogWriterTest, ALineAboveTheLimitIsDropped) {
  {
    const auto writer = *LogWriter::start(file_.get(), {.max_bytes = 1000});
    writer->add(std::string(2000, 'x'));
    EXPECT_EQ(writer->num_dropped(), 1u);
    writer->add("line 1");
  }
  expect_whole(lines_of(content()), 2, 1);
}

}  // namespace
}  // namespace hearth
