#include "engine/memory/system_memory.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>
#include <string_view>

namespace hearth {
namespace {

namespace fs = std::filesystem;

std::optional<size_t> parse_number(std::string_view text) {
  const size_t begin = text.find_first_of("0123456789");
  if (begin == std::string_view::npos) return std::nullopt;
  size_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + begin, text.data() + text.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

/// The number behind `key` in a file of "key number" lines.
std::optional<size_t> read_field(const fs::path& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (std::string_view(line).starts_with(key))
      return parse_number(std::string_view(line).substr(key.size()));
  }
  return std::nullopt;
}

/// The number that a file holds; nothing for "max".
std::optional<size_t> read_number(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) ? parse_number(line) : std::nullopt;
}

struct CgroupNames {
  std::string_view limit, usage, reclaimable;
};
constexpr CgroupNames kVersion1 = {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file "};
constexpr CgroupNames kVersion2 = {"memory.max", "memory.current", "inactive_file "};

/// What is left under the limits of a cgroup and of those above it, up to `top`.
std::optional<size_t> left_in_cgroup(const fs::path& top, fs::path folder, const CgroupNames& names) {
  std::optional<size_t> least;
  for (;; folder = folder.parent_path()) {
    const auto limit = read_number(folder / names.limit), usage = read_number(folder / names.usage);
    if (limit && usage) {
      const size_t needed =
          *usage - std::min(*usage, read_field(folder / "memory.stat", names.reclaimable).value_or(0));
      const size_t left = *limit - std::min(*limit, needed);
      least = std::min(left, least.value_or(left));
    }
    if (folder == top || folder == folder.parent_path()) return least;
  }
}

/// The cgroup of this process under `top`; `top` itself where the path is of another namespace.
fs::path cgroup_folder(const fs::path& top, std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  if (path.empty() || path.starts_with("..")) return top;
  std::error_code error;
  const fs::path folder = top / path;
  return fs::is_directory(folder, error) ? folder : top;
}

std::optional<size_t> left_in_cgroups(const fs::path& root) {
  std::ifstream file(root / "proc/self/cgroup");
  std::optional<size_t> least;
  for (std::string line; std::getline(file, line);) {  // "hierarchy:controllers:path"
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string_view controllers = std::string_view(line).substr(first + 1, second - first - 1);
    const std::string_view path = std::string_view(line).substr(second + 1);
    std::optional<size_t> left;
    if (controllers.empty()) {
      const fs::path top = root / "sys/fs/cgroup";
      left = left_in_cgroup(top, cgroup_folder(top, path), kVersion2);
    } else if (controllers.find("memory") != std::string_view::npos) {
      const fs::path top = root / "sys/fs/cgroup/memory";
      left = left_in_cgroup(top, cgroup_folder(top, path), kVersion1);
    }
    if (left) least = std::min(*left, least.value_or(*left));
  }
  return least;
}

}  // namespace

std::optional<size_t> available_memory(const fs::path& root) {
  constexpr size_t kKilobyte = 1024;
  std::optional<size_t> available = read_field(root / "proc/meminfo", "MemAvailable:");
  if (available) *available *= kKilobyte;
  if (const auto left = left_in_cgroups(root)) available = std::min(*left, available.value_or(*left));
  return available;
}

std::optional<size_t> peak_resident_memory(const fs::path& root) {
  auto peak = read_field(root / "proc/self/status", "VmHWM:");
  if (peak) *peak *= 1024;
  return peak;
}

}  // namespace hearth
