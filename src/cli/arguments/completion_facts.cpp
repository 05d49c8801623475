#include "cli/arguments/completion_facts.h"

#include <CLI/App.hpp>
#include <CLI/Option.hpp>

namespace hearth::cli {
namespace {

WordFacts word_facts(const Argument::Facts& facts) {
  WordFacts word{.type = facts.type, .choices = facts.choices, .repeatable = facts.repeatable};
  if (!facts.choices.empty()) word.offer = Offer::kChoices;
  if (facts.type == "FILE") word.offer = Offer::kFiles;
  if (facts.type == "MODEL") word.offer = Offer::kModels;
  return word;
}

/// Those that CLI11 itself adds as well.
std::vector<OptionFacts> options_of(const Arguments& command) {
  std::vector<OptionFacts> options;
  for (const CLI::Option* option : command.app().get_options()) {
    OptionFacts facts{.help = option->get_description()};
    for (const std::string& name : option->get_snames()) facts.names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) facts.names.push_back("--" + name);
    for (const Argument& argument : command.all()) {
      if (&argument.option() != option) continue;
      facts.help = argument.facts().help;
      facts.takes_value = argument.facts().takes_value;
      facts.value = word_facts(argument.facts());
    }
    if (!facts.names.empty()) options.push_back(std::move(facts));
  }
  return options;
}

}  // namespace

CommandFacts completion_facts(const Arguments& command) {
  CommandFacts facts{.path = command.path(),
                     .name = command.app().get_name(),
                     .help = command.app().get_description(),
                     .options = options_of(command),
                     .words = {},
                     .commands = {}};
  for (const Argument& argument : command.all()) {
    if (argument.option().get_positional()) facts.words.push_back(word_facts(argument.facts()));
  }
  for (const Arguments& inner : command.commands()) facts.commands.push_back(completion_facts(inner));
  return facts;
}

}  // namespace hearth::cli
