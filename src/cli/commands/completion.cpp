#include "cli/completion.h"

#include <cstdio>
#include <memory>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Option.hpp>

#include "base/printable.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "store/model_path.h"

namespace hearth {
namespace {

Status complete(const CLI::App& program, const std::string& shell) {
  if (shell == "models") {
    for (const std::string& name : list_models(process_environment())) print_out("{}\n", visible_line(name));
    return {};
  }
  print_text(stdout, TRY(completion_script(program, shell)));
  return {};
}

}  // namespace

Command command_completion() {
  return {"completion", "Print a script that teaches a shell the commands",
          [](CLI::App& app) -> std::function<Status()> {
            auto shell = std::make_shared<std::string>();
            app.add_option("SHELL", *shell, "bash, zsh or fish; models: the names of the models at hand")
                ->required();
            return [shell, &app] { return complete(*app.get_parent(), *shell); };
          }};
}

}  // namespace hearth
