#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/result.h"

namespace hearth::cli {

// All output of the program goes through here, so that none of what came from outside can steer a terminal.

/// Whether a stream is a terminal.
bool is_terminal(std::FILE* stream);

/// Writes text for people, or JSON, at once. Control characters in it are made visible (see `visible`); a
/// reader that has gone away is no error of ours.
void print_text(std::FILE* stream, std::string_view text);

/// The same of formatted text, to standard output and to standard error.
template <typename... Args>
void print_out(fmt::format_string<Args...> format, Args&&... args) {
  print_text(stdout, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void print_err(fmt::format_string<Args...> format, Args&&... args) {
  print_text(stderr, fmt::format(format, std::forward<Args>(args)...));
}

/// One line on standard error, whatever the text holds: "error: ...", "note: ...".
void print_line(std::string_view text);

/// Shows how far something is on standard error, which is a terminal: the line takes the place of the one
/// that was shown last. Empty: nothing is shown any more.
void show_progress(std::string_view line);

/// What went wrong and what to do about it, a line each on standard error.
void print_error(const Error& error);

/// Writes text of a model's to standard output at once: exact, but on a terminal without control characters.
void print_answer(std::string_view text);

/// Writes a model's thoughts to standard error at once, dimmed on a terminal (unless NO_COLOR is set).
void print_thought(std::string_view text);

/// Writes bytes to standard output as they are, for a program to read. Errors: kIo, kNoSpace.
Status print_exact(std::string_view bytes);

/// Whether all that was printed to standard output has arrived. Errors: kIo, kNoSpace.
Status output_status();

/// All of standard input. Error: kResourceLimit beyond `max_size`, kIo.
Result<std::string> read_standard_input(size_t max_size);

}  // namespace hearth::cli
