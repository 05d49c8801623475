#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hearth::cli {

/// The one of `names` that `word` is likely meant to be: it differs in a slip or two, or is begun like it and
/// like no other. Upper and lower case and "_" and "-" count as the same. Empty where none is near.
std::string nearest(std::string_view word, std::span<const std::string> names);

}  // namespace hearth::cli
