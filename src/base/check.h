#pragma once

#include <string_view>

namespace hearth::detail {

[[noreturn]] void check_failed(std::string_view condition, std::string_view file, int line);

}  // namespace hearth::detail

/// A promise between our own parts, which no input can break; ends the process where it is broken.
#define CHECK(condition)                                                   \
  do {                                                                     \
    if (!(condition)) [[unlikely]]                                         \
      ::hearth::detail::check_failed(#condition, __FILE_NAME__, __LINE__); \
  } while (false)
