#include "cli/arguments/completion.h"

#include <cstdio>
#include <memory>
#include <string>

#include "base/printable.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "store/find_model.h"

namespace hearth::cli {
namespace {

Status complete(const Arguments& program, const std::string& shell) {
  if (shell == "models") {
    for (const std::string& name : model_names(process_environment())) print_out("{}\n", visible_line(name));
    return {};
  }
  print_text(stdout, TRY(completion_script(program, shell)));
  return {};
}

}  // namespace

Command command_completion() {
  return {"completion", "Print a script that teaches a shell the commands",
          [](Arguments& arguments) -> std::function<Status()> {
            auto shell = std::make_shared<std::string>();
            arguments
                .option("SHELL", *shell, choice({"bash", "zsh", "fish", "models"}),
                        "the shell; models: the names of the models at hand")
                .required();
            return [shell, &arguments] { return complete(*arguments.parent(), *shell); };
          }};
}

}  // namespace hearth::cli
