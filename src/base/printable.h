#pragma once

#include <string>
#include <string_view>

namespace hearth {

/// Text that came from outside (a file, a request, a name) for a message: quoted, cut after `max_bytes`, and
/// without control characters or broken UTF-8, which are written as \xNN. A newline is \n.
std::string quoted(std::string_view text, size_t max_bytes = 80);

/// Whole output for a terminal, whatever went into it: control characters, changes of direction and broken
/// UTF-8 as \xNN; newlines and tabs stay.
std::string visible(std::string_view text);

/// The same on one line: a newline is \n, a tab \t.
std::string visible_line(std::string_view text);

/// Text of a model's for a terminal: what `visible` would escape is U+FFFD.
std::string without_controls(std::string_view text);

}  // namespace hearth
