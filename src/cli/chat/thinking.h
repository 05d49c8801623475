#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/arguments/arguments.h"

namespace hearth::cli {

/// How much a model is to think before it answers, and whether that is shown.
struct Thinking {
  std::string level;                 ///< "on", "off" or an effort; empty: as the model's template has it
  std::optional<size_t> max_tokens;  ///< of thoughts; none: no limit of its own
  bool hidden = false;

  /// Declares --think, --think-budget and --hide-thinking.
  void add_to(Arguments& arguments);
  /// The option that was given; empty: none.
  std::string_view given() const;
};

/// The words that Thinking::level may be.
std::vector<std::string> thinking_levels();

}  // namespace hearth::cli
