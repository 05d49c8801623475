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

/// All of standard input. Error: kResourceLimit beyond `max_size`, kIo.
Result<std::string> read_standard_input(size_t max_size);

}  // namespace hearth
