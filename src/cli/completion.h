#pragma once

#include <string>
#include <string_view>

#include <CLI/App.hpp>

#include "base/result.h"

namespace hearth {

/// A script that teaches a shell ("bash", "zsh" or "fish") the program's commands and options, and the names
/// of the models at hand. Error: kInvalidArgument for another shell.
Result<std::string> completion_script(const CLI::App& program, std::string_view shell);

}  // namespace hearth
