#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/stored_model.h"

namespace hearth {

enum class TemplateLanguage : uint8_t { kGo, kJinja };

/// What a chat template is written in. Both write in "{{ }}"; only Jinja has "{%", and only Go's values begin
/// with "." or "$", or its keywords stand there.
TemplateLanguage template_language(std::string_view text);

/// The model's own chat template, where it has one that is Jinja.
std::optional<std::string> jinja_template_of(const StoredModel& stored);

}  // namespace hearth
