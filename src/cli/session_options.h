#pragma once

#include <CLI/App.hpp>

#include "base/log_writer.h"
#include "cli/model_session.h"

namespace hearth {

/// Declares --threads, --pin-threads, --no-huge-pages, --ctx, --precision and --kv-type, and takes HEARTH_ISA
/// from the environment.
void add_session_options(CLI::App& app, SessionOptions& options);

/// Declares --draft-model and --draft-tokens.
void add_draft_options(CLI::App& app, SessionOptions& options);

/// Declares -m, --model.
void add_model_option(CLI::App& app, SessionOptions& options);

/// A message as a line, without its end.
std::string log_line(LogLevel level, std::string_view line);

/// Messages as lines on standard error: notes and warnings, and with `verbose` all the rest.
LogSink stderr_log(bool verbose);

/// The notes and warnings of a server, by a writer that must outlive the sink.
LogSink writer_log(LogWriter& writer);

}  // namespace hearth
