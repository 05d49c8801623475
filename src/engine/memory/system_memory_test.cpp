#include "engine/memory/system_memory.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace hearth {
namespace {

namespace fs = std::filesystem;

/// A folder with files in the place of /proc and /sys.
class SystemMemory : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(testing::TempDir()) /
            ("system_memory_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(root_);
    write("proc/meminfo", "MemTotal: 2000 kB\nMemFree: 10 kB\nMemAvailable:    1000 kB\n");
  }
  void TearDown() override { fs::remove_all(root_); }
  void write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  fs::path root_;
};

TEST_F(SystemMemory, WithoutCgroupsTheSystemDecides) { EXPECT_EQ(available_memory(root_), 1000u * 1024); }

TEST_F(SystemMemory, VersionTwoLimitsAndThoseAboveThem) {
  write("proc/self/cgroup", "0::/outer/inner\n");
  write("sys/fs/cgroup/outer/memory.max", "500000\n");
  write("sys/fs/cgroup/outer/memory.current", "300000\n");
  write("sys/fs/cgroup/outer/memory.stat", "anon 1\ninactive_file 100000\n");
  write("sys/fs/cgroup/outer/inner/memory.max", "max\n");
  write("sys/fs/cgroup/outer/inner/memory.current", "300000\n");
  EXPECT_EQ(available_memory(root_), 300000u) << "what the page cache holds can be given up";
}

TEST_F(SystemMemory, PathOfAnotherNamespaceMeansTheTop) {
  write("proc/self/cgroup", "0::/../../elsewhere\n");
  write("sys/fs/cgroup/memory.max", "400000\n");
  write("sys/fs/cgroup/memory.current", "500000\n");
  EXPECT_EQ(available_memory(root_), 0u);
}

TEST_F(SystemMemory, VersionOne) {
  write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "700000\n");
  write("sys/fs/cgroup/memory/memory.usage_in_bytes", "100000\n");
  EXPECT_EQ(available_memory(root_), 600000u);
}

TEST_F(SystemMemory, NothingIsKnownWhereNothingIsSaid) {
  fs::remove_all(root_ / "proc");
  EXPECT_FALSE(available_memory(root_).has_value());
}

TEST_F(SystemMemory, ThisProcessHasAPeak) { EXPECT_GT(peak_resident_memory().value_or(0), 1u << 20); }

}  // namespace
}  // namespace hearth
