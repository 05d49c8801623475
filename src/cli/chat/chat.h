#pragma once

#include <string>

#include "cli/chat/repl.h"
#include "cli/session.h"

namespace hearth::cli {

/// A chat with a loaded model on the terminal, until the user leaves.
Status chat(LoadedModel& session, ReplSettings settings, const std::string& system);

}  // namespace hearth::cli
