#include <cstdio>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/core.h>

#include "cli/bus_error.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/version.h"

namespace {

void report(const hearth::Error& error) {
  fmt::print(stderr, "error: {}\n", error.message);
  if (!error.hint.empty()) fmt::print(stderr, "hint: {}\n", error.hint);
}

/// CLI11 would only say that a command is missing.
bool is_unknown_command(const CLI::App& app, int argc, char** argv) {
  const auto is_named = [&](const CLI::App* command) { return command->check_name(argv[1]); };
  return argc > 1 && argv[1][0] != '-' && app.get_subcommands(is_named).empty();
}

}  // namespace

int main(int argc, char** argv) {
  hearth::report_bus_errors();
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
    report({hearth::ErrorCode::kInvalidArgument, fmt::format("there is no command '{}'", argv[1]),
            "`hearth --help` lists the commands"});
    return hearth::exit_code(hearth::ErrorCode::kInvalidArgument);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    report({hearth::ErrorCode::kInvalidArgument, error.what(),
            "see `hearth --help` or `hearth COMMAND --help`"});
    return hearth::exit_code(hearth::ErrorCode::kInvalidArgument);
  }
  if (!status) {
    report(status.error());
    return hearth::exit_code(status.error().code);
  }
  return 0;
}
