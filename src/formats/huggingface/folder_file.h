#pragma once

#include <filesystem>
#include <system_error>

namespace hearth {

/// Whether a folder has a file, which it may do without. What cannot be looked at counts as missing.
inline bool is_there(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

}  // namespace hearth
