#include "cli/embedding/result_file.h"

#include <system_error>
#include <utility>

#include "base/file.h"

namespace hearth::cli {
namespace {

constexpr size_t kPieceBytes = size_t(1) << 20;

}  // namespace

Result<ResultFile> ResultFile::create(const std::filesystem::path& path) {
  return ResultFile(path, TRY(create_output_file(path)));
}

ResultFile::ResultFile(ResultFile&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::move(other.file_)),
      pending_(std::move(other.pending_)),
      is_open_(std::exchange(other.is_open_, false)) {}

ResultFile::~ResultFile() {
  if (!is_open_) return;
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

Status ResultFile::write(std::string_view bytes) {
  pending_ += bytes;
  if (pending_.size() < kPieceBytes) return {};
  TRY(write_all(file_.get(), pending_, path_));
  pending_.clear();
  return {};
}

Status ResultFile::finish() {
  TRY(write_all(file_.get(), pending_, path_));
  pending_.clear();
  is_open_ = false;
  return {};
}

}  // namespace hearth::cli
