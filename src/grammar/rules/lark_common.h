#pragma once

#include <optional>
#include <string_view>

namespace hearth::grammar {

/// The expression of a terminal of Lark's library `common`; nullopt where it has none of that name.
std::optional<std::string_view> lark_common_terminal(std::string_view name);

}  // namespace hearth::grammar
