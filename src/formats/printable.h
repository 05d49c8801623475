#pragma once

#include <string>
#include <string_view>

namespace hearth {

/// Text of a file for a message or a terminal: quoted, cut after `max_bytes`, and without control characters
/// or broken UTF-8, which are written as \xNN. A newline is \n.
std::string quoted(std::string_view text, size_t max_bytes = 80);

}  // namespace hearth
