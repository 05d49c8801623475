// What a load that fails may cost: at most 16 MiB and twice the file's size of resident memory.

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "formats/gguf/gguf_model_files.h"
#include "formats/testing/gguf_builder.h"

namespace hearth {
namespace {

/// Peak resident memory of this process.
size_t peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
  }
  return 0;
}

/// By how much `load` raises the peak, measured in a process of its own; the exit status says whether it
/// failed.
struct LoadCost {
  size_t bytes = 0;
  bool failed = false;
};
LoadCost cost_of_failing(const std::function<bool()>& load) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    malloc_trim(0);  // memory that the test has freed must not hide what the load takes
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew
    const size_t before = peak_bytes();
    LoadCost cost;
    cost.failed = !load();
    cost.bytes = peak_bytes() - before;
    const bool sent = before > 0 && write(ends[1], &cost, sizeof(cost)) == sizeof(cost);
    _exit(sent ? 0 : 1);
  }
  close(ends[1]);
  LoadCost cost;
  EXPECT_EQ(read(ends[0], &cost, sizeof(cost)), ssize_t(sizeof(cost)));
  close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  return cost;
}

/// All that opening a model reads of its file before its tensors.
bool load_model_file(const std::filesystem::path& path) {
  const auto files = GgufModelFiles::open(path);
  return files && (*files)->vocabulary(no_log());
}

void expect_cheap_failure(std::string_view name, const std::string& bytes) {
  const std::string path = fmt::format("{}/hearth_memory_{}.gguf", testing::TempDir(), name);
  ASSERT_TRUE(write_file_atomic(path, bytes).has_value());
  const LoadCost cost = cost_of_failing([&] { return load_model_file(path); });
  std::filesystem::remove(path);
  EXPECT_TRUE(cost.failed) << name;
  EXPECT_LE(cost.bytes, (size_t(16) << 20) + 2 * bytes.size())
      << name << ": a file of " << bytes.size() << " bytes";
}

TEST(GgufMemoryTest, TheMeasureSeesMemory) {
  const LoadCost cost = cost_of_failing([] {
    constexpr size_t kBytes = 64 << 20;
    const auto block = std::make_unique_for_overwrite<volatile char[]>(kBytes);
    for (size_t i = 0; i < kBytes; i += 1024) block[i] = 1;
    return false;
  });
  EXPECT_TRUE(cost.failed);
  // The kernel counts pages for each processor, and adds them up only now and then.
  EXPECT_GE(cost.bytes, size_t(63) << 20);
}

TEST(GgufMemoryTest, ClaimedElements) {
  for (const uint32_t type : {0u, 7u, 8u, 12u}) {
    std::string array(4, '\0');
    std::memcpy(array.data(), &type, 4);
    GgufBuilder builder;
    builder.add_raw("k", 9, array + std::string("\0\0\0\0\0\0\0\x10", 8));
    expect_cheap_failure("claimed_elements", builder.build());
  }
}

TEST(GgufMemoryTest, ManyMetadataPairs) {
  GgufBuilder builder;
  for (int i = 0; i < 65535; ++i) builder.add(fmt::format("{:05}", i), uint8_t(1));
  expect_cheap_failure("metadata_without_model", builder.build());
  builder.add_raw("last", 99, "?");
  expect_cheap_failure("metadata", builder.build());
}

TEST(GgufMemoryTest, ManyTensors) {
  GgufBuilder builder;
  for (int i = 0; i < 65535; ++i)
    builder.add({.name = fmt::format("{:05}", i), .type_id = 24, .dims = {1}, .data = ""});
  builder.add({.name = "last", .type_id = 999, .dims = {1}, .data = ""});
  const std::string bytes = builder.build();
  expect_cheap_failure("tensors", bytes + std::string(1, 'x'));
}

TEST(GgufMemoryTest, ManyTensorsOfWhichTheLastCannotBeRead) {
  GgufBuilder builder;
  builder.align(8).add("general.alignment", uint32_t(8));
  for (int i = 0; i < 65535; ++i) {
    builder.add({.name = fmt::format("{:05}", i), .type_id = 24, .dims = {1}, .data = "x"});
  }
  builder.add({.name = "last", .type_id = 999, .dims = {1}, .data = "x"});
  expect_cheap_failure("unreadable_tensor", builder.build());
}

TEST(GgufMemoryTest, ManyTokens) {
  GgufBuilder builder;
  std::vector<std::string> merges(1 << 20, "a b");
  merges.back() = "ab";
  builder.add("tokenizer.ggml.model", "gpt2")
      .add("tokenizer.ggml.tokens", std::vector<std::string>(1 << 20))
      .add("tokenizer.ggml.scores", std::vector<float>(1 << 20))
      .add("tokenizer.ggml.merges", merges);
  const std::string bytes = builder.build();
  expect_cheap_failure("tokens", bytes);
  expect_cheap_failure("tokens_cut", bytes.substr(0, bytes.size() - 1));
}

}  // namespace
}  // namespace hearth
