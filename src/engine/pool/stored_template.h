#pragma once

#include <optional>
#include <string>

#include "base/log.h"
#include "store/stored_model.h"

namespace hearth {

/// The chat template that a model of the store brings, Go's or Jinja's; nothing where it has none, or one
/// that cannot be read, which `log` is told: the files' own holds then.
std::optional<std::string> stored_chat_template(const StoredModel& stored, const LogSink& log);

}  // namespace hearth
