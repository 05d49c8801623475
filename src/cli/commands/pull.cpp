#include <memory>

#include "cli/command.h"
#include "cli/transfer/transfer_command.h"

namespace hearth::cli {

Command command_pull() {
  return {"pull", "Fetch models into the store", [](Arguments& arguments) -> std::function<Status()> {
            auto command = std::make_shared<TransferCommand>();
            arguments
                .words("NAME", command->names,
                       "as qwen3:4b, hf.co/user/repo:Q4_K_M, host/space/model:tag, https://host/file.gguf")
                .required();
            add_transfer_options(arguments, *command);
            return [command] { return run_transfers(*command, pull); };
          }};
}

}  // namespace hearth::cli
