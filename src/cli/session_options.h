#pragma once

#include <CLI/App.hpp>

#include "cli/model_session.h"

namespace hearth {

/// Declares --threads, --pin-threads, --no-huge-pages, --ctx, --precision and --kv-type, and takes HEARTH_ISA
/// from the environment.
void add_session_options(CLI::App& app, SessionOptions& options);

/// Declares --draft-model and --draft-tokens.
void add_draft_options(CLI::App& app, SessionOptions& options);

/// Declares -m, --model.
void add_model_option(CLI::App& app, SessionOptions& options);

/// Messages as lines on standard error: notes and warnings, and with `verbose` all the rest.
LogSink stderr_log(bool verbose);

}  // namespace hearth
