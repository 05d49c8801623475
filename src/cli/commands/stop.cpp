#include <memory>

#include "cli/command.h"
#include "cli/daemon/daemon_client.h"
#include "cli/terminal.h"

namespace hearth::cli {
namespace {

Status stop(const std::string& model) {
  const auto daemon = DaemonClient::find(process_environment());
  if (!daemon)
    return fail_hint(ErrorCode::kNotFound, "start one with `hearth serve`", "no server is running");
  const Json answer = TRY(daemon->post("/models/unload", {{"model", model}}));
  if (answer["unloaded"] == true) return {};
  print_line("note: " + answer["model"].get<std::string>() + " is not loaded");
  return {};
}

}  // namespace

Command command_stop() {
  return {"stop", "Unload a model of a running server", [](Arguments& arguments) -> std::function<Status()> {
            auto model = std::make_shared<std::string>();
            arguments.option("MODEL", *model, word("MODEL"), "its name, or an alias").required();
            return [model] { return stop(*model); };
          }};
}

}  // namespace hearth::cli
