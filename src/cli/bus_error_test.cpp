#include "cli/bus_error.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/exit_code.h"

namespace hearth::cli {
namespace {

void read_what_is_gone(const std::filesystem::path& path) {
  report_bus_errors();
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file || ::truncate(path.c_str(), 0) != 0) return;
  const volatile std::byte first = file->bytes()[0];
  static_cast<void>(first);
}

TEST(BusErrorDeathTest, AFileThatShrinksEndsTheProgramWithCauseAndRemedy) {
  const auto path = std::filesystem::temp_directory_path() / fmt::format("hearth_shrinks_{}", ::getpid());
  ASSERT_TRUE(write_file_atomic(path, std::string(10'000, 'x')));
  EXPECT_EXIT(read_what_is_gone(path), testing::ExitedWithCode(exit_code(ErrorCode::kIo)),
              "error: .*shorter.*\nhint: ");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace hearth::cli
