#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace hearth {

/// A short text that differs for files that differ, as far as size, time of writing and some thousand bytes
/// from all over the content tell: reading gigabytes to be surer would take longer than loading them. Error:
/// kIo.
Result<std::string> file_identity(const std::filesystem::path& path);

}  // namespace hearth
