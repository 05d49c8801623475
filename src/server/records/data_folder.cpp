#include "server/records/data_folder.h"

namespace hearth::server {

namespace fs = std::filesystem;

namespace {

/// A folder of the XDG base directories: `variable`, or `fallback` in the home folder.
Result<fs::path> base_folder(const Environment& environment, const char* variable, const char* fallback) {
  const auto folder = environment(variable);
  if (folder && fs::path(*folder).is_absolute()) return fs::path(*folder);
  const auto home = environment("HOME");
  if (!home) {
    return fail_hint(ErrorCode::kNotFound, fmt::format("set HOME or {}", variable),
                     "there is no folder to keep files in: HOME is not set");
  }
  return fs::path(*home) / fallback;
}

}  // namespace

Result<fs::path> data_folder(const Environment& environment) {
  return TRY(base_folder(environment, "XDG_DATA_HOME", ".local/share")) / "hearth";
}

Result<fs::path> cache_folder(const Environment& environment) {
  return TRY(base_folder(environment, "XDG_CACHE_HOME", ".cache")) / "hearth";
}

Result<fs::path> state_folder(const Environment& environment) {
  return TRY(base_folder(environment, "XDG_STATE_HOME", ".local/state")) / "hearth";
}

}  // namespace hearth::server
