#pragma once

#include <optional>
#include <string_view>

#include "text/jinja/value/runtime.h"

namespace hearth::jinja {

/// The object that a JSON text spells, all of it content. Numbers print as they were written, whatever a
/// double can hold; of two members of one name the last counts, as in Python. Nothing where the text is no
/// JSON object, or one that is nested too deeply to be handed on. Errors: kResourceLimit.
Result<std::optional<Value>> written_object(Runtime& runtime, std::string_view text);

}  // namespace hearth::jinja
