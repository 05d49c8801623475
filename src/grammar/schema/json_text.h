#pragma once

#include <string>

#include "grammar/schema/json_document.h"

namespace hearth::grammar {

/// A value as Python's json.dumps writes it, in ASCII with a blank behind , and :. Numbers are as they were
/// read, without an exponent where that takes at most 400 digits.
std::string json_text(const JsonDocument& document, JsonId value);

}  // namespace hearth::grammar
