#include "cli/program.h"

#include <sstream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/arguments/command_line.h"
#include "cli/terminal.h"
#include "cli/version.h"

namespace hearth::cli {
namespace {

class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() {
    label("SUBCOMMAND", "COMMAND");
    label("Positionals", "Words");
  }

  /// A word's name says all about it that an option's type does.
  std::string make_option(const CLI::Option* option, bool is_word) const override {
    if (!is_word) return CLI::Formatter::make_option(option, false);
    std::stringstream line;
    CLI::detail::format_help(line, make_option_name(option, true), make_option_desc(option),
                             get_column_width());
    return line.str();
  }
};

}  // namespace

Program::Program(const std::vector<Command>& commands)
    : app_(std::make_unique<CLI::App>("Run language models on this machine.", "hearth")), arguments_(*app_) {
  app_->set_version_flag("--version", fmt::format("hearth {}", version()));
  app_->formatter(std::make_shared<HelpFormatter>());
  for (const Command& command : commands) {
    Arguments& arguments = arguments_.command(command.name, command.summary);
    arguments.runs(command.setup(arguments));
  }
  // Set before, the commands would take it over.
  app_->footer("`hearth COMMAND --help` says what a command takes.");
}

Program::~Program() = default;

Status Program::run(std::span<const std::string> words, const Environment& environment) {
  const CommandLine line = TRY(read_command_line(arguments_, words, environment));
  if (!line.text) return line.command->run()();
  print_text(stdout, *line.text);
  return {};
}

}  // namespace hearth::cli
