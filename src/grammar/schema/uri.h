#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth::grammar {

/// A reference resolved against a base, as RFC 3986 5.2 has it. An empty base gives the reference itself.
std::string resolve_uri(std::string_view base, std::string_view reference);

/// Whether it starts with a scheme: it means the same everywhere.
bool has_scheme(std::string_view uri);

/// What stands before `#`, and behind it.
std::string_view without_fragment(std::string_view uri);
std::string_view fragment_of(std::string_view uri);

/// `%41` becomes `A`; none where the digits behind a `%` are missing.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace hearth::grammar
