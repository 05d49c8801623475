#pragma once

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace hearth {

/// A folder for one test, empty at its start and gone at its end.
class TestFolder : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    root_ = std::filesystem::path(testing::TempDir()) /
            (std::string(info->test_suite_name()) + "_" + info->name() + "_" + std::to_string(::getpid()));
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::filesystem::path write(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name, std::ios::binary) << content;
    return root_ / name;
  }
  static std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// Every file, folder and link below a folder, with what it holds.
  static std::map<std::string, std::string> everything(const std::filesystem::path& folder) {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      all[entry.path().string()] = entry.is_symlink() ? "-> " + std::filesystem::read_symlink(entry).string()
                                   : entry.is_regular_file() ? read(entry.path())
                                                             : "folder";
    }
    return all;
  }

  std::filesystem::path root_;
};

/// As long as it lives, permissions count, which root does not feel.
class WithoutPrivileges {
 public:
  WithoutPrivileges() {
    if (user_ == 0) EXPECT_EQ(::seteuid(65534), 0);
  }
  ~WithoutPrivileges() {
    if (user_ == 0) EXPECT_EQ(::seteuid(user_), 0);
  }
  WithoutPrivileges(const WithoutPrivileges&) = delete;
  WithoutPrivileges& operator=(const WithoutPrivileges&) = delete;

 private:
  uid_t user_ = ::geteuid();
};

/// As long as it lives, files can have no more bytes: what a full disk does.
class FullDisk {
 public:
  explicit FullDisk(rlim_t num_bytes) {
    former_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &former_), 0);
    rlimit narrow = former_;
    narrow.rlim_cur = num_bytes;
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &narrow), 0);
  }
  ~FullDisk() {
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &former_), 0);
    std::signal(SIGXFSZ, former_handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit former_ = {};
  void (*former_handler_)(int) = nullptr;
};

}  // namespace hearth
