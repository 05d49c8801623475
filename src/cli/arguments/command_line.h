#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "cli/arguments/arguments.h"
#include "store/model_path.h"

namespace hearth::cli {

/// What a command line asks for.
struct CommandLine {
  Arguments* command;               ///< which has taken its arguments
  std::optional<std::string> text;  ///< help or the version, to print instead of running it
};

/// Reads the words behind the program's name.
///
/// An option takes one word, whatever it looks like, or what follows its "="; a flag takes none; short ones
/// may stand together (-qn5). All else are the command's own words, as are all words behind "--", and those
/// in which no letter follows the dashes (-, -5, ->). Arguments may stand in any order behind the command's
/// name. CLI11 reads otherwise: its lists take what follows, --name= takes the next word, ++ ends a command,
/// and [a,b] is two words.
///
/// Errors: kInvalidArgument that names the argument and says what to do.
Result<CommandLine> read_command_line(Arguments& program, std::span<const std::string> words,
                                      const Environment& environment);

}  // namespace hearth::cli
