#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace hearth::grammar {

/// The same error, with the keyword of a JSON Schema that caused it, and the place of that.
Error at_keyword(Error error, std::string_view keyword, std::string_view place);

/// The keyword that an error of reading a schema names; empty where it names none.
std::string_view keyword_of(const Error& error);

}  // namespace hearth::grammar
