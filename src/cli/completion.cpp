#include "cli/completion.h"

#include <algorithm>
#include <vector>

#include <CLI/Option.hpp>

namespace hearth {
namespace {

struct OptionFacts {
  std::vector<std::string> names;  ///< "-m", "--model"
  std::string help;
  bool takes_value;
};

struct CommandFacts {
  std::string name, help;
  std::vector<OptionFacts> options;
};

std::vector<OptionFacts> options_of(const CLI::App& app) {
  std::vector<OptionFacts> options;
  for (const CLI::Option* option : app.get_options()) {
    OptionFacts facts{
        .names = {}, .help = option->get_description(), .takes_value = option->get_items_expected_max() > 0};
    for (const std::string& name : option->get_snames()) facts.names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) facts.names.push_back("--" + name);
    if (!facts.names.empty()) options.push_back(std::move(facts));
  }
  return options;
}

std::vector<CommandFacts> commands_of(const CLI::App& program) {
  std::vector<CommandFacts> commands;
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back({command->get_name(), command->get_description(), options_of(*command)});
  }
  return commands;
}

std::string joined_names(const std::vector<OptionFacts>& options) {
  std::string text;
  for (const OptionFacts& option : options) {
    for (const std::string& name : option.names) text.append(text.empty() ? "" : " ").append(name);
  }
  return text;
}

/// Text for single quotes of a shell.
std::string quoted(std::string text) {
  for (size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 4) text.replace(at, 1, "'\\''");
  return "'" + text + "'";
}

/// Text inside the brackets of zsh's _arguments.
std::string zsh_text(std::string_view text) {
  std::string escaped;
  for (char letter : text) {
    if (std::string_view("[]:\\").contains(letter)) escaped += '\\';
    escaped += letter;
  }
  return escaped;
}

std::string bash_script(const std::vector<CommandFacts>& commands) {
  std::string names, cases;
  for (const CommandFacts& command : commands) {
    names += (names.empty() ? "" : " ") + command.name;
    cases += fmt::format("    {}) words={} ;;\n", command.name, quoted(joined_names(command.options)));
  }
  return fmt::format(
      "# hearth completion for bash: source <(hearth completion bash)\n"
      "_hearth() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} words=\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    mapfile -t COMPREPLY < <(compgen -W {} -- \"$word\")\n"
      "    return\n"
      "  fi\n"
      "  case ${{COMP_WORDS[1]}} in\n{}  esac\n"
      "  if [[ $word == -* ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
      "  else\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$(hearth completion models 2>/dev/null)\" -- \"$word\"; "
      "compgen -f -- "
      "\"$word\")\n"
      "  fi\n"
      "}}\n"
      "complete -o filenames -F _hearth hearth\n",
      quoted(names), cases);
}

std::string zsh_script(const std::vector<CommandFacts>& commands) {
  std::string list, cases;
  for (const CommandFacts& command : commands) {
    list += fmt::format("    {}\n", quoted(command.name + ":" + command.help));
    cases += fmt::format("    {})\n      _arguments \\\n", command.name);
    for (const OptionFacts& option : command.options) {
      for (const std::string& name : option.names) {
        cases += fmt::format("        {} \\\n", quoted(name + "[" + zsh_text(option.help) + "]" +
                                                       (option.takes_value ? ":value:_files" : "")));
      }
    }
    cases += "        '*:model:_hearth_models' ;;\n";
  }
  return fmt::format(
      "#compdef hearth\n"
      "# hearth completion for zsh: source <(hearth completion zsh)\n"
      "_hearth_models() {{\n"
      "  local -a models=(${{(f)\"$(hearth completion models 2>/dev/null)\"}})\n"
      "  compadd -a models\n"
      "  _files\n"
      "}}\n"
      "_hearth() {{\n"
      "  local -a commands=(\n{}  )\n"
      "  if ((CURRENT == 2)); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  local name=${{words[2]}}\n"
      "  shift words\n"
      "  ((CURRENT--))\n"
      "  case $name in\n{}  esac\n"
      "}}\n"
      "compdef _hearth hearth\n",
      list, cases);
}

std::string fish_script(const std::vector<CommandFacts>& commands) {
  std::string script =
      "# hearth completion for fish: hearth completion fish | source\n"
      "complete -c hearth -n 'not __fish_use_subcommand' -a '(hearth completion models 2>/dev/null)'\n";
  for (const CommandFacts& command : commands) {
    script += fmt::format("complete -c hearth -f -n __fish_use_subcommand -a {} -d {}\n", command.name,
                          quoted(command.help));
    for (const OptionFacts& option : command.options) {
      script += fmt::format("complete -c hearth -n '__fish_seen_subcommand_from {}'", command.name);
      for (const std::string& name : option.names) {
        script += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      script += fmt::format("{} -d {}\n", option.takes_value ? " -r" : "", quoted(option.help));
    }
  }
  return script;
}

}  // namespace

Result<std::string> completion_script(const CLI::App& program, std::string_view shell) {
  const std::vector<CommandFacts> commands = commands_of(program);
  if (shell == "bash") return bash_script(commands);
  if (shell == "zsh") return zsh_script(commands);
  if (shell == "fish") return fish_script(commands);
  return fail_hint(ErrorCode::kInvalidArgument, "use bash, zsh or fish", "there is no completion for '{}'",
                   shell);
}

}  // namespace hearth
