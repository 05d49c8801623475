#include <cerrno>
#include <cstdio>
#include <sstream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/core.h>

#include "base/system_error.h"
#include "cli/bus_error.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/process_setup.h"
#include "cli/terminal.h"
#include "cli/version.h"

namespace {

int fail_with(const hearth::Error& error) {
  hearth::print_error(error);
  return hearth::exit_code(error.code);
}

/// CLI11 would only say that a command is missing.
bool is_unknown_command(const CLI::App& app, int argc, char** argv) {
  const auto is_named = [&](const CLI::App* command) { return command->check_name(argv[1]); };
  return argc > 1 && argv[1][0] != '-' && app.get_subcommands(is_named).empty();
}

int run_command(int argc, char** argv) {
  CLI::App app("Run language models on this machine.", "hearth");
  app.set_version_flag("--version", fmt::format("hearth {}", hearth::version()));
  app.require_subcommand(1);
  hearth::Status status;
  for (const hearth::Command& command : hearth::all_commands()) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    auto run = command.setup(*sub);
    sub->callback([run = std::move(run), &status] { status = run(); });
  }
  if (is_unknown_command(app, argc, argv)) {
    return fail_with({hearth::ErrorCode::kInvalidArgument, fmt::format("there is no command '{}'", argv[1]),
                      "`hearth --help` lists the commands"});
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    std::ostringstream text;
    const int code = app.exit(success, text, text);
    hearth::print_text(stdout, text.str());
    return code;
  } catch (const CLI::ParseError& error) {
    return fail_with({hearth::ErrorCode::kInvalidArgument, error.what(),
                      "see `hearth --help` or `hearth COMMAND --help`"});
  }
  return status ? 0 : fail_with(status.error());
}

/// What was printed and did not arrive is not done.
int flush_output(int code) {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  const hearth::Error lost = hearth::system_error(errno == 0 ? EIO : errno, "write standard output").error();
  return code == 0 ? fail_with(lost) : code;
}

}  // namespace

int main(int argc, char** argv) {
  hearth::set_up_process();
  hearth::report_bus_errors();
  try {
    return flush_output(run_command(argc, argv));
  } catch (...) {
    return fail_with(hearth::error_of(std::current_exception()));
  }
}
