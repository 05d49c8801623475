#include "backend/host/host_memory.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hearth {
namespace {

bool is_zero(const Buffer& buffer) {
  return std::all_of(buffer.data(), buffer.data() + buffer.size(),
                     [](std::byte b) { return b == std::byte{0}; });
}

TEST(HostMemory, BeginsAtAPageAndAHugeOneAtAHugePage) {
  const Buffer small = *allocate_host(100), large = *allocate_host((4 << 20) + 1);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(small.data()) % 4096, 0U);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(large.data()) % (2 << 20), 0U);
  EXPECT_TRUE(is_zero(small));
  EXPECT_TRUE(is_zero(large));
}

/// What the system was told of the mapping that an address lies in: the line of its flags.
std::string mapping_flags(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2)
      inside = begin <= uintptr_t(address) && uintptr_t(address) < end;
    if (inside && line.starts_with("VmFlags:")) return line;
  }
  return "";
}

TEST(HostMemory, AsksForHugePagesUnlessTurnedOff) {
  const Buffer with = *allocate_host(4 << 20);
  use_huge_pages(false);
  const Buffer without = *allocate_host(4 << 20);
  use_huge_pages(true);
  // A system without them takes neither advice.
  const bool has_any = mapping_flags(with.data()).find(" hg") != std::string::npos;
  EXPECT_EQ(mapping_flags(without.data()).find(" nh") != std::string::npos, has_any);
}

TEST(HostMemory, RefusesWhatNoSystemHas) {
  const auto buffer = allocate_host(size_t{1} << 60);
  ASSERT_FALSE(buffer);
  EXPECT_EQ(buffer.error().code, ErrorCode::kResourceLimit);
}

TEST(HostArena, PiecesAreZeroedAndApart) {
  HostArena arena;
  std::vector<Buffer> pieces;
  for (size_t i = 0; i < 100; ++i) {
    pieces.push_back(*arena.allocate(1 + i * 12'345));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(pieces.back().data()) % 64, 0U);
    EXPECT_TRUE(is_zero(pieces.back()));
    std::memset(pieces.back().data(), int(i + 1), pieces.back().size());
  }
  for (size_t i = 0; i < pieces.size(); ++i) {
    const auto* data = pieces[i].data();
    EXPECT_TRUE(std::all_of(data, data + pieces[i].size(), [i](std::byte b) {
      return b == std::byte(i + 1);
    })) << i;
  }
}

TEST(HostArena, PiecesOfWhatWasReservedLieSideBySide) {
  HostArena arena;
  arena.reserve(size_t{100} << 20);
  std::vector<Buffer> pieces;
  for (int i = 0; i < 2; ++i) pieces.push_back(*arena.allocate(size_t{50} << 20));
  EXPECT_EQ(pieces[0].data() + pieces[0].size(), pieces[1].data());
  EXPECT_TRUE(arena.allocate(1).has_value()) << "beyond what was reserved";
  arena.reserve(size_t{1} << 60);
  EXPECT_TRUE(arena.allocate(1).has_value()) << "as if nothing was asked for";
}

TEST(HostArena, ServesWhatIsLargerThanItsChunks) {
  HostArena arena;
  const Buffer large = *arena.allocate(size_t{40} << 20);
  large.data()[large.size() - 1] = std::byte{1};
  EXPECT_EQ(large.size(), size_t{40} << 20);
}

TEST(HostArena, APieceOutlivesTheArena) {
  Buffer piece;
  {
    HostArena arena;
    piece = *arena.allocate(1000);
    const Buffer other = *arena.allocate(1000);
  }
  std::memset(piece.data(), 7, piece.size());
  EXPECT_EQ(piece.data()[999], std::byte{7});
}

}  // namespace
}  // namespace hearth
