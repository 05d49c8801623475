#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <fmt/core.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"

namespace hearth {

/// A folder of its own for a test, emptied before and removed after it.
class ModelFolder {
 public:
  explicit ModelFolder(const std::string& name)
      : path_(std::filesystem::temp_directory_path() / fmt::format("hearth_folder_{}_{}", name, ::getpid())) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ModelFolder(const ModelFolder&) = delete;
  ModelFolder& operator=(const ModelFolder&) = delete;
  ~ModelFolder() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& name, std::string_view content) const {
    CHECK(write_file_atomic(path_ / name, content).has_value());
  }

 private:
  std::filesystem::path path_;
};

}  // namespace hearth
