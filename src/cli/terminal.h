#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth {

/// Whether a stream is a terminal.
bool is_terminal(std::FILE* stream);

/// Writes at once; a reader that has gone away is no error of ours.
void print_now(std::FILE* stream, std::string_view text);

/// Text of a model's for a terminal: control characters, which could move the cursor or set the terminal up,
/// become U+FFFD; line ends and tabs stay. The text is whole code points.
std::string without_controls(std::string_view text);

/// Writes text of a model's to standard output at once, made safe where that is a terminal.
void print_answer(std::string_view text);

/// All of standard input. Error: kResourceLimit beyond `max_size`, kIo.
Result<std::string> read_standard_input(size_t max_size);

}  // namespace hearth
