#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace hearth::cli {

/// A file of results as they come. What is not finished is no result: the file goes again.
class ResultFile {
 public:
  /// Errors: those of `create_output_file`.
  static Result<ResultFile> create(const std::filesystem::path& path);
  ResultFile(ResultFile&& other) noexcept;
  ResultFile& operator=(ResultFile&&) = delete;
  ~ResultFile();

  /// Errors: kIo, kNoSpace naming the file.
  Status write(std::string_view bytes);
  /// All of it is there, and stays. Errors: as write.
  Status finish();

 private:
  ResultFile(std::filesystem::path path, FileDescriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}

  std::filesystem::path path_;
  FileDescriptor file_;
  std::string pending_;
  bool is_open_ = true;
};

}  // namespace hearth::cli
