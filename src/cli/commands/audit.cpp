#include <memory>
#include <string>

#include <fmt/core.h>

#include "cli/command.h"
#include "cli/terminal.h"
#include "server/records/audit_check.h"

namespace hearth::cli {

Command command_audit() {
  return {"audit", "Check the audit log of a server", [](Arguments& arguments) -> std::function<Status()> {
            auto path = std::make_shared<std::string>();
            arguments
                .option("FILE", *path, word("FILE"), "the log that `hearth serve --audit-log` has written")
                .required();
            return [path]() -> Status {
              const server::AuditSummary summary = TRY(server::verify_audit_log(*path));
              print_out("{} records, intact; last hash {}\n", summary.num_records, summary.last_hash);
              if (summary.num_torn_lines > 0) {
                print_out("{} of them tell of a line that was torn and set aside\n", summary.num_torn_lines);
              }
              if (summary.num_missing > 0) {
                print_out("{} requests are missing: the log could not be written\n", summary.num_missing);
              }
              if (summary.num_open_gaps > 0) {
                print_out(
                    "{} times it could not be written and the server ended, or goes on, without a word "
                    "of how many requests are missing\n",
                    summary.num_open_gaps);
              }
              return {};
            };
          }};
}

}  // namespace hearth::cli
