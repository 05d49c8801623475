#pragma once

#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace hearth {

/// A folder that goes with the test; it is made by who writes to it.
struct TemporaryFolder {
  TemporaryFolder()
      : path(std::filesystem::temp_directory_path() /
             fmt::format("hearth_test_{}_{}", ::getpid(), counter++)) {
    std::filesystem::remove_all(path);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(path)) found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
  }

  static inline int counter = 0;
  const std::filesystem::path path;
};

}  // namespace hearth
