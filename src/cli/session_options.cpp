#include "cli/session_options.h"

#include "base/printable.h"
#include "cli/terminal.h"
#include "store/model_path.h"

namespace hearth::cli {

void add_session_options(Arguments& arguments, SessionOptions& options) {
  add_threads_option(arguments, options);
  arguments.option("-c,--ctx", options.load.context, number(size_t(1), size_t(1) << 30), "context in tokens")
      .unless_given("the model's own, if it fits");
  add_kv_type_option(arguments, options);
  add_backend_options(arguments, options);
}

void add_threads_option(Arguments& arguments, SessionOptions& options) {
  arguments.option("-t,--threads", options.compute.threads, number(1, 1024), "threads")
      .unless_given("one for each fast core this process may use");
}

void add_kv_type_option(Arguments& arguments, SessionOptions& options) {
  arguments.option("--kv-type", options.kv_type, choice(kv_type_names()), "type of the KV cache");
}

void add_backend_options(Arguments& arguments, SessionOptions& options) {
  arguments.flag("--pin-threads", options.compute.pin_threads,
                 "keep each thread on a processor of its own, for machines that do nothing else");
  arguments.flag("--no-huge-pages", options.compute.huge_pages,
                 "keep weights and caches in small pages, which are slower to read", false);
  arguments.option("--precision", options.precision, choice({"auto", "f32"}),
                   "f32 computes slowly and exactly, with an f32 KV cache");
  options.compute.isa = process_environment()("HEARTH_ISA").value_or("");
}

void add_chat_template_option(Arguments& arguments, SessionOptions& options) {
  arguments
      .option("--chat-template", options.chat_template, word("FILE"), "Jinja template of prompts and answers")
      .unless_given("the model's own");
}

void add_pooling_option(Arguments& arguments, SessionOptions& options) {
  arguments
      .option("--pooling", options.pooling, choice(pooling_names()),
              "how texts become vectors; rank: scores of texts")
      .unless_given("as the model's files say");
}

void add_sharing_options(Arguments& arguments, SessionOptions& options) {
  arguments.option("--max-running", options.load.num_sequences, number(size_t(1), size_t(512)),
                   "most completions that are made at once");
  Argument& kv_tokens =
      arguments.option("--kv-tokens", options.load.kv_tokens, number(size_t(256), size_t(1) << 40),
                       "tokens of the KV cache that all completions share, at least one context");
  if (options.load.kv_tokens == 0) kv_tokens.unless_given("a context for each");
}

void add_draft_options(Arguments& arguments, SessionOptions& options) {
  arguments.option("--draft-model", options.draft_model, word("MODEL"),
                   "a smaller model of the same vocabulary that drafts tokens; a file or a name");
  arguments
      .option("--draft-tokens", options.load.draft_tokens, number(size_t(0), size_t(64)),
              "most tokens drafted at once")
      .unless_given("0, with --draft-model 8");
}

Argument& add_model(Arguments& arguments, const std::string& names, std::string& model) {
  return arguments.option(names, model, word("MODEL"),
                          "a .gguf file, a folder, or a name that `hearth list` shows");
}

std::string log_line(LogLevel level, std::string_view line) {
  switch (level) {
    case LogLevel::kError:
      return fmt::format("error: {}", line);
    case LogLevel::kWarning:
      return fmt::format("note: {}", line);
    default:
      return std::string(line);
  }
}

LogSink stderr_log(bool verbose) {
  return [verbose](LogLevel level, std::string_view line) {
    const bool matters = level == LogLevel::kWarning || level == LogLevel::kError;
    if (matters || verbose) print_line(log_line(level, line));
  };
}

LogSink writer_log(LogWriter& writer) {
  return [&writer](LogLevel level, std::string_view line) {
    const bool matters = level == LogLevel::kWarning || level == LogLevel::kError;
    if (matters) writer.add(visible_line(log_line(level, line)));
  };
}

}  // namespace hearth::cli
