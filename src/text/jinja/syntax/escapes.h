#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::jinja {

/// What a string literal between its quotes stands for: Python's escapes, of which unknown ones stay as they
/// are. Errors: kCorruptData for a broken escape, kUnsupported for \N{...} and lone surrogates.
Result<std::string> unescape(std::string_view literal);

}  // namespace hearth::jinja
