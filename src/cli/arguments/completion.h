#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/arguments/arguments.h"

namespace hearth::cli {

/// A script that teaches a shell ("bash", "zsh" or "fish") the program's commands and options, what values
/// they take, and the names of the models at hand. Error: kInvalidArgument for another shell.
Result<std::string> completion_script(const Arguments& program, std::string_view shell);

}  // namespace hearth::cli
