#include "cli/session_options.h"

#include <CLI/Option.hpp>

#include "cli/terminal.h"
#include "store/model_path.h"

namespace hearth {

void add_session_options(CLI::App& app, SessionOptions& options) {
  app.add_option("-t,--threads", options.threads,
                 "threads; default: one for each fast core this process may use")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--pin-threads", options.pin_threads,
               "keep each thread on a processor of its own, for machines that do nothing else");
  app.add_flag("!--no-huge-pages", options.huge_pages,
               "keep weights and caches in small pages, which are slower to read");
  app.add_option("-c,--ctx", options.context, "context in tokens; default: the model's own, if it fits")
      ->check(CLI::Range(size_t(1), size_t(1) << 30));
  app.add_option("--precision", options.precision,
                 "f32 computes slowly and exactly, with an f32 KV cache; default: auto");
  app.add_option("--kv-type", options.kv_type,
                 "type of the KV cache: f32, f16, bf16, q8_0 or q4_0; default: f16");
  options.isa = process_environment()("HEARTH_ISA").value_or("");
}

void add_draft_options(CLI::App& app, SessionOptions& options) {
  app.add_option("--draft-model", options.draft_model,
                 "a smaller model of the same vocabulary that guesses tokens ahead; a file or a name");
  app.add_option("--draft-tokens", options.draft_tokens,
                 "most tokens guessed ahead; default: 0, with --draft-model 8")
      ->check(CLI::Range(size_t(0), size_t(64)));
}

void add_model_option(CLI::App& app, SessionOptions& options) {
  app.add_option("-m,--model", options.model, "a .gguf file, or the name of one in $HEARTH_MODELS")
      ->required();
}

LogSink stderr_log(bool verbose) {
  return [verbose](LogLevel level, std::string_view line) {
    if (level == LogLevel::kWarning || level == LogLevel::kError) {
      print_line(fmt::format("{}: {}", level == LogLevel::kError ? "error" : "note", line));
    } else if (verbose) {
      print_line(line);
    }
  };
}

}  // namespace hearth
