#include "cli/command.h"

namespace hearth::cli {

Command command_list();

Command command_ls() { return {"ls", "The same as list", command_list().setup}; }

}  // namespace hearth::cli
