#pragma once

#include <string>

#include "api/json.h"

namespace hearth {

/// Reads a message's content: a string, or parts of text, which are joined by newlines. Errors:
/// kInvalidArgument naming `path`, kUnsupported for images, audio and files.
Result<std::string> read_content(const Json& content, const std::string& path);

}  // namespace hearth
