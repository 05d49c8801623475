#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace hearth::grammar {

/// A schema with values that satisfy it and values that do not.
struct KeywordCase {
  std::string_view name;
  std::string_view schema;
  std::vector<std::string_view> right, wrong;
};

/// What readers of schemas fail open on, a name each.
std::span<const KeywordCase> keyword_cases();

}  // namespace hearth::grammar
