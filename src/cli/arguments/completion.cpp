#include "cli/arguments/completion.h"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/arguments/completion_facts.h"

namespace hearth::cli {
namespace {

constexpr std::string_view kListModels = "hearth completion models 2>/dev/null";

/// Calls fn(command) for it and every command within.
template <typename Fn>
void for_each_command(const CommandFacts& command, const Fn& fn) {
  fn(command);
  for (const CommandFacts& inner : command.commands) for_each_command(inner, fn);
}

std::string joined(const std::vector<std::string>& words, std::string_view separator = " ") {
  return fmt::format("{}", fmt::join(words, separator));
}

/// Text for single quotes of a shell.
std::string in_quotes(std::string text) {
  for (size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 4) text.replace(at, 1, "'\\''");
  return "'" + text + "'";
}

/// The paths of the commands within the program, as alternatives of a shell's case.
std::string inner_paths(const CommandFacts& program) {
  std::vector<std::string> paths;
  for_each_command(program, [&](const CommandFacts& command) {
    if (&command != &program) paths.push_back(in_quotes(command.path));
  });
  return joined(paths, " | ");
}

std::vector<std::string> command_names(const CommandFacts& command) {
  std::vector<std::string> names;
  for (const CommandFacts& inner : command.commands) names.push_back(inner.name);
  return names;
}

std::string bash_offer(const WordFacts& word) {
  switch (word.offer) {
    case Offer::kNothing:
      return "offer=nothing";
    case Offer::kChoices:
      return "offer=words list=" + in_quotes(joined(word.choices));
    case Offer::kFiles:
      return "offer=files";
    case Offer::kModels:
      return "offer=models";
  }
  return "";
}

/// What a command's own words may be.
std::string bash_words(const CommandFacts& command) {
  if (!command.commands.empty()) return "offer=words list=" + in_quotes(joined(command_names(command)));
  return command.words.empty() ? "offer=nothing" : bash_offer(command.words.front());
}

std::string bash_script(const CommandFacts& program) {
  std::string commands, values;
  for_each_command(program, [&](const CommandFacts& command) {
    std::vector<std::string> names;
    for (const OptionFacts& option : command.options) {
      std::vector<std::string> patterns;
      for (const std::string& name : option.names) {
        names.push_back(name);
        patterns.push_back(in_quotes(command.path + " " + name));
      }
      if (!option.takes_value) continue;
      values += fmt::format("    {}) {} ;;\n", joined(patterns, " | "), bash_offer(option.value));
    }
    commands += fmt::format("    {}) options={} {} ;;\n", in_quotes(command.path), in_quotes(joined(names)),
                            bash_words(command));
  });
  return fmt::format(
      R"sh(# hearth completion for bash: source <(hearth completion bash)
_hearth() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}}
  local command=hearth options= offer= list= i
  # bash takes --name=value apart.
  if [[ $word == = ]]; then
    word=
  elif [[ $before == = ]]; then
    before=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$command ${{COMP_WORDS[i]}}" in
      {}) command+=" ${{COMP_WORDS[i]}}" ;;
    esac
  done
  case $command in
{}  esac
  if [[ $word == -* ]]; then
    offer=words list=$options
  fi
  case "$command $before" in
{}  esac
  case $offer in
    words) mapfile -t COMPREPLY < <(compgen -W "$list" -- "$word") ;;
    files) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    models) mapfile -t COMPREPLY < <(compgen -W "$({})" -- "$word"; compgen -f -- "$word") ;;
    *) COMPREPLY=() ;;
  esac
}}
complete -o filenames -F _hearth hearth
)sh",
      inner_paths(program), commands, values, kListModels);
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

/// ":MODEL:_hearth_models", behind what takes such a word.
std::string zsh_action(const WordFacts& word) {
  const std::string type = zsh_text(word.type);
  switch (word.offer) {
    case Offer::kNothing:
      return fmt::format(":{}: ", type);
    case Offer::kChoices:
      return fmt::format(":{}:({})", type, joined(word.choices));
    case Offer::kFiles:
      return fmt::format(":{}:_files", type);
    case Offer::kModels:
      return fmt::format(":{}:_hearth_models", type);
  }
  return "";
}

std::string zsh_arguments(const CommandFacts& command) {
  std::string text = "      _arguments -s";
  const auto add = [&](const std::string& spec) { text += " \\\n        " + in_quotes(spec); };
  for (const OptionFacts& option : command.options) {
    for (const std::string& name : option.names) {
      const std::string form = !option.takes_value ? "" : name.starts_with("--") ? "=" : "+";
      add(fmt::format("{}{}{}[{}]{}", option.value.repeatable ? "*" : "", name, form, zsh_text(option.help),
                      option.takes_value ? zsh_action(option.value) : ""));
    }
  }
  for (size_t i = 0; i < command.words.size(); ++i) {
    add((command.words[i].repeatable ? "*" : std::to_string(i + 1)) + zsh_action(command.words[i]));
  }
  return text;
}

std::string zsh_script(const CommandFacts& program) {
  std::string cases;
  for_each_command(program, [&](const CommandFacts& command) {
    cases += fmt::format("    {})\n", in_quotes(command.path));
    if (!command.commands.empty()) {
      cases += "      commands=(\n";
      for (const CommandFacts& inner : command.commands) {
        cases += fmt::format("        {}\n", in_quotes(inner.name + ":" + inner.help));
      }
      cases += "      )\n      [[ $PREFIX == -* ]] || _describe command commands\n";
    }
    cases += zsh_arguments(command) + " ;;\n";
  });
  return fmt::format(
      R"sh(#compdef hearth
# hearth completion for zsh: source <(hearth completion zsh)
_hearth_models() {{
  local -a models=(${{(f)"$({})"}})
  compadd -a models
  _files
}}
_hearth() {{
  local command=hearth
  local -a commands
  while ((CURRENT > 2)); do
    case "$command ${{words[2]}}" in
      {}) command+=" ${{words[2]}}" ;;
      *) break ;;
    esac
    shift words
    ((CURRENT--))
  done
  case $command in
{}  esac
}}
compdef _hearth hearth
)sh",
      kListModels, inner_paths(program), cases);
}

std::string fish_offer(const WordFacts& word) {
  switch (word.offer) {
    case Offer::kNothing:
      return " -f";
    case Offer::kChoices:
      return " -f -a " + in_quotes(joined(word.choices));
    case Offer::kFiles:
      return " -F";
    case Offer::kModels:
      return fmt::format(" -F -a '({})'", kListModels);
  }
  return "";
}

/// `within` is the condition that the command line has come to this command.
void add_fish(const CommandFacts& command, const std::string& within, std::string& script) {
  const std::vector<std::string> names = command_names(command);
  const std::string here =
      names.empty() ? within : within + "; and not __fish_seen_subcommand_from " + joined(names);
  const auto add = [&](const std::string& rest) {
    script += fmt::format("complete -c hearth -n {}{}\n", in_quotes(here), rest);
  };
  for (const OptionFacts& option : command.options) {
    std::string text;
    for (const std::string& name : option.names) {
      text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (option.takes_value) text += " -r" + fish_offer(option.value);
    add(text + " -d " + in_quotes(option.help));
  }
  add(command.words.empty() ? " -f" : fish_offer(command.words.front()));
  for (const CommandFacts& inner : command.commands) {
    add(fmt::format(" -a {} -d {}", inner.name, in_quotes(inner.help)));
    add_fish(inner, fmt::format("{}; and __fish_seen_subcommand_from {}", within, inner.name), script);
  }
}

std::string fish_script(const CommandFacts& program) {
  std::string script = "# hearth completion for fish: hearth completion fish | source\n";
  add_fish(program, "true", script);
  return script;
}

}  // namespace

Result<std::string> completion_script(const Arguments& program, std::string_view shell) {
  const CommandFacts facts = completion_facts(program);
  if (shell == "bash") return bash_script(facts);
  if (shell == "zsh") return zsh_script(facts);
  if (shell == "fish") return fish_script(facts);
  return fail_hint(ErrorCode::kInvalidArgument, "use bash, zsh or fish", "there is no completion for '{}'",
                   shell);
}

}  // namespace hearth::cli
