#pragma once

#include <optional>
#include <string>

#include "cli/chat/answer.h"
#include "cli/daemon/daemon_client.h"

namespace hearth::cli {

/// The name under which a server has the model that a user means here, loaded. Nothing where it has another
/// of that name, or none. Errors: those of loading.
Result<std::optional<std::string>> find_on_daemon(const DaemonClient& daemon, const std::string& model);

/// Has a server answer `body`, a request of /v1/chat/completions, as `generate_answer` does it here. Errors:
/// those of the server; Ctrl-C ends the answer without one.
Result<Answer> answer_on_daemon(const DaemonClient& daemon, Json body, InterruptGuard& interrupt,
                                const AnswerSink& sink);

}  // namespace hearth::cli
