#include <memory>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <fmt/core.h>

#include "cli/command.h"
#include "cli/terminal.h"
#include "server/audit_log.h"

namespace hearth {

Command command_audit() {
  return {"audit", "Check the audit log of a server", [](CLI::App& app) -> std::function<Status()> {
            auto path = std::make_shared<std::string>();
            app.add_option("FILE", *path, "the log that `hearth serve --audit-log` has written")->required();
            return [path]() -> Status {
              const AuditSummary summary = TRY(verify_audit_log(*path));
              print_out("{} records, intact; last hash {}\n", summary.num_records, summary.last_hash);
              return {};
            };
          }};
}

}  // namespace hearth
