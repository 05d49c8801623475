#pragma once

#include <string>
#include <vector>

#include "cli/arguments/arguments.h"

namespace hearth::cli {

/// What a shell can offer for a value or a word.
enum class Offer : uint8_t { kNothing, kChoices, kFiles, kModels };

struct WordFacts {
  std::string type = {};
  Offer offer = Offer::kNothing;
  std::vector<std::string> choices = {};
  bool repeatable = false;
};

struct OptionFacts {
  std::vector<std::string> names = {};  ///< "-m", "--model"
  std::string help = {};
  bool takes_value = false;
  WordFacts value = {};
};

/// A command as a completion script needs it.
struct CommandFacts {
  std::string path, name, help;  ///< "hearth keys list", "list"
  std::vector<OptionFacts> options;
  std::vector<WordFacts> words;
  std::vector<CommandFacts> commands;  ///< within it
};

CommandFacts completion_facts(const Arguments& command);

}  // namespace hearth::cli
