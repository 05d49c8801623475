#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/arguments/arguments.h"
#include "engine/constrain/grammar_source.h"

namespace hearth::cli {

/// The form that an answer must have, as the command line asks for it.
class FormOptions {
 public:
  /// Declares --format, --regex, --grammar and --choice.
  void add_to(Arguments& arguments);

  /// The option that was given; empty: none.
  std::string_view given() const;
  /// Nothing where none was given. Errors: kInvalidArgument for several, those of reading a file.
  Result<std::optional<GrammarSource>> source() const;

 private:
  std::string format_, regex_, grammar_;
  std::vector<std::string> choices_;
};

}  // namespace hearth::cli
