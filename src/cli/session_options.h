#pragma once

#include "base/log_writer.h"
#include "cli/arguments/arguments.h"
#include "cli/session.h"

namespace hearth::cli {

/// Declares --threads, --ctx, --kv-type and what add_backend_options declares.
void add_session_options(Arguments& arguments, SessionOptions& options);

/// Declares --threads.
void add_threads_option(Arguments& arguments, SessionOptions& options);
/// Declares --kv-type.
void add_kv_type_option(Arguments& arguments, SessionOptions& options);
/// Declares --pin-threads, --no-huge-pages and --precision, and takes HEARTH_ISA from the environment.
void add_backend_options(Arguments& arguments, SessionOptions& options);

/// Declares --chat-template.
void add_chat_template_option(Arguments& arguments, SessionOptions& options);

/// Declares --pooling.
void add_pooling_option(Arguments& arguments, SessionOptions& options);

/// Declares --max-running and --kv-tokens.
void add_sharing_options(Arguments& arguments, SessionOptions& options);

/// Declares --draft-model and --draft-tokens.
void add_draft_options(Arguments& arguments, SessionOptions& options);

/// Declares the model under `names`: as a word ("MODEL"), or as an option.
Argument& add_model(Arguments& arguments, const std::string& names, std::string& model);

/// A message as a line, without its end.
std::string log_line(LogLevel level, std::string_view line);

/// Messages as lines on standard error: notes and warnings, and with `verbose` all the rest.
LogSink stderr_log(bool verbose);

/// The notes and warnings of a server, by a writer that must outlive the sink.
LogSink writer_log(LogWriter& writer);

}  // namespace hearth::cli
