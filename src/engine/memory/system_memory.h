#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

namespace hearth {

/// Bytes that this process may still take before the system or its container (cgroup v1 or v2) runs out,
/// memory that the system would give up for it counted in. Nothing where the system does not say. `root` is
/// where /proc and /sys are looked for.
std::optional<size_t> available_memory(const std::filesystem::path& root = "/");

/// The largest resident size this process has had, in bytes (VmHWM); nothing where the system does not say.
std::optional<size_t> peak_resident_memory(const std::filesystem::path& root = "/");

}  // namespace hearth
