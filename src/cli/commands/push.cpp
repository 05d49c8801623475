#include <memory>

#include "cli/command.h"
#include "cli/transfer/transfer_command.h"

namespace hearth::cli {

Command command_push() {
  return {"push", "Send models of the store to their registry",
          [](Arguments& arguments) -> std::function<Status()> {
            auto command = std::make_shared<TransferCommand>();
            arguments.words("NAME", command->names, "as space/model:tag, host/space/model:tag").required();
            add_transfer_options(arguments, *command);
            return [command] { return run_transfers(*command, push); };
          }};
}

}  // namespace hearth::cli
