#include "server/data_folder.h"

namespace hearth {

namespace fs = std::filesystem;

Result<fs::path> data_folder(const Environment& environment) {
  const auto data_home = environment("XDG_DATA_HOME");
  if (data_home && fs::path(*data_home).is_absolute()) return fs::path(*data_home) / "hearth";
  const auto home = environment("HOME");
  if (!home) {
    return fail_hint(ErrorCode::kNotFound, "set HOME or XDG_DATA_HOME",
                     "there is no folder to keep keys in: HOME is not set");
  }
  return fs::path(*home) / ".local" / "share" / "hearth";
}

Status make_private_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return {};
  fs::create_directories(folder, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) return fail(ErrorCode::kIo, "cannot make the folder {}: {}", folder.string(), error.message());
  return {};
}

}  // namespace hearth
