#pragma once

#include <csignal>

#include <gtest/gtest.h>
#include <sys/resource.h>

// Disks that are full, for tests.

namespace hearth::testing {

/// Statements for a database of responses: from now on it takes no more; it does again.
constexpr const char* kFullDisk =
    "CREATE TRIGGER full BEFORE INSERT ON responses BEGIN SELECT RAISE(FAIL, 'database or disk is full'); "
    "END";
constexpr const char* kRoomAgain = "DROP TRIGGER full";

/// While it lives, no file of this process grows beyond `max_bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(size_t max_bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &former_), 0);
    const rlimit narrow = {.rlim_cur = max_bytes, .rlim_max = former_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &narrow), 0);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &former_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit former_ = {};
};

}  // namespace hearth::testing
