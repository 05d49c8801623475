#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "cli/command.h"
#include "cli/daemon/daemon_client.h"
#include "cli/terminal.h"
#include "engine/memory/memory_plan.h"

namespace hearth::cli {
namespace {

std::string until(const Json& model) {
  if (model["stopping"] == true) return "when it has answered";
  const Json& left = model["expires_in_s"];
  if (!left.is_number()) return "for ever";
  const auto seconds = int64_t(std::ceil(left.get<double>()));
  return seconds >= 120 ? fmt::format("{} min", seconds / 60) : fmt::format("{} s", seconds);
}

Status list_running(bool json) {
  const auto daemon = DaemonClient::find(process_environment());
  const Json answer = daemon ? TRY(daemon->get("/models/running")) : Json{{"models", Json::array()}};
  if (json) {
    print_text(stdout, answer.dump() + "\n");
    return {};
  }
  if (!daemon)
    return fail_hint(ErrorCode::kNotFound, "start one with `hearth serve`", "no server is running");
  size_t width = 4;
  for (const Json& model : answer["models"]) width = std::max(width, model["name"].get<std::string>().size());
  print_text(stdout, fmt::format("{:<{}}  {:>8}  {:>8}  {:>5}  {}\n", "NAME", width, "MEMORY", "CONTEXT",
                                 "USERS", "STAYS"));
  for (const Json& model : answer["models"]) {
    print_text(stdout,
               fmt::format("{:<{}}  {:>8}  {:>8}  {:>5}  {}\n", model["name"].get<std::string>(), width,
                           format_bytes(model["memory"].get<size_t>()), model["context"].get<size_t>(),
                           model["users"].get<size_t>(), until(model)));
  }
  return {};
}

}  // namespace

Command command_ps() {
  return {"ps", "List the models that a running server has loaded",
          [](Arguments& arguments) -> std::function<Status()> {
            auto json = std::make_shared<bool>(false);
            arguments.flag("--json", *json, "print JSON");
            return [json] { return list_running(*json); };
          }};
}

}  // namespace hearth::cli
