#include "base/cpu_topology.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>

#include <gtest/gtest.h>

namespace hearth {
namespace {

using Cpus = std::vector<int>;

/// A folder that looks like /sys/devices.
class FastCores : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::path(testing::TempDir()) / "cpu_topology_test_XXXXXX";
    std::string name = root_.string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = root_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text << "\n";
  }
  void siblings(int cpu, const std::string& list) {
    write("system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list", list);
  }
  void capacity(int cpu, int value) {
    write("system/cpu/cpu" + std::to_string(cpu) + "/cpu_capacity", std::to_string(value));
  }
  Cpus among(int count) const {
    Cpus all(static_cast<size_t>(count));
    std::iota(all.begin(), all.end(), 0);
    return fast_cores(all, root_.string());
  }

  std::filesystem::path root_;
};

TEST_F(FastCores, AreAllWhereNothingIsKnown) { EXPECT_EQ(among(3), (Cpus{0, 1, 2})); }

TEST_F(FastCores, CountACoreOnce) {
  for (int cpu = 0; cpu < 8; ++cpu)
    siblings(cpu, std::to_string(cpu % 4) + "," + std::to_string(cpu % 4 + 4));
  EXPECT_EQ(among(8), (Cpus{0, 1, 2, 3}));
  EXPECT_EQ(fast_cores({5, 6, 1}, root_.string()), (Cpus{5, 6}));
}

TEST_F(FastCores, LeaveOutEfficiencyCores) {
  write("cpu_core/cpus", "0-3");
  write("cpu_atom/cpus", "4-7");
  for (int cpu = 0; cpu < 4; ++cpu) siblings(cpu, cpu < 2 ? "0-1" : "2-3");
  for (int cpu = 4; cpu < 8; ++cpu) siblings(cpu, std::to_string(cpu));
  EXPECT_EQ(among(8), (Cpus{0, 2}));
  EXPECT_EQ(fast_cores({4, 5, 6}, root_.string()), (Cpus{4, 5, 6})) << "nothing else is allowed";
}

TEST_F(FastCores, LeaveOutLittleCores) {
  for (int cpu = 0; cpu < 4; ++cpu) capacity(cpu, 530);
  for (int cpu = 4; cpu < 7; ++cpu) capacity(cpu, 870);
  capacity(7, 1024);
  EXPECT_EQ(among(8), (Cpus{4, 5, 6, 7}));
}

TEST_F(FastCores, IgnoreWhatIsNoList) {
  write("cpu_core/cpus", "zero to three");
  siblings(0, "0-");
  siblings(1, "-1");
  siblings(2, "99999999999999999999");
  siblings(3, ",");
  EXPECT_EQ(among(4), (Cpus{0, 1, 2, 3}));
}

TEST(CpuTopology, ThereIsRoomForAThread) {
  EXPECT_GE(default_threads(), 1);
  EXPECT_LE(default_threads(), available_cores());
}

}  // namespace
}  // namespace hearth
