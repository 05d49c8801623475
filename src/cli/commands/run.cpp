#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/chat/answer.h"
#include "cli/chat/chat.h"
#include "cli/chat/chat_model.h"
#include "cli/command.h"
#include "cli/daemon/remote_answer.h"
#include "cli/form_options.h"
#include "cli/model_defaults.h"
#include "cli/sampling_options.h"
#include "cli/session.h"
#include "cli/session_options.h"
#include "cli/terminal.h"
#include "engine/constrain/after_reasoning.h"
#include "engine/constrain/grammar_constraint.h"
#include "engine/memory/system_memory.h"
#include "engine/sample/generation_defaults.h"
#include "store/find_model.h"

namespace hearth::cli {
namespace {

constexpr size_t kMaxPromptSize = size_t(64) << 20;

struct RunOptions {
  SessionOptions session;
  SamplingOptions sampling;
  FormOptions form;
  std::vector<std::string> prompt;
  std::string system;
  size_t max_tokens = 0;
  std::vector<std::string> stop;
  Thinking thinking;
  bool raw = false;
  bool ignore_eos = false;
  bool verbose = false;
  bool quiet = false;
};

/// The words of the command line, "-" standing for standard input; all of that where there are none.
Result<std::string> read_prompt(const std::vector<std::string>& words) {
  if (words.empty()) return read_standard_input(kMaxPromptSize);
  std::string prompt;
  for (const std::string& word : words) {
    if (!prompt.empty()) prompt += word == "-" ? '\n' : ' ';
    prompt += word == "-" ? TRY(read_standard_input(kMaxPromptSize)) : word;
  }
  return prompt;
}

Result<ChatModel::Question> make_question(LoadedModel& session, const RunOptions& options, std::string text) {
  if (options.raw) {
    const Tokenizer* tokenizer = TRY(session.tokenizer());
    ChatModel::Question question;
    question.prompt = TRY(tokenizer->encode(text, {.add_special = true, .parse_special = false}));
    return question;
  }
  Conversation conversation;
  conversation.set_system(options.system);
  conversation.add_user(std::move(text));
  return TRY(ChatModel::create(session)).ask(conversation, options.thinking);
}

void report(const LoadedModel& session, const Engine& engine, const GenerateResult& result,
            const RunOptions& options) {
  if (options.quiet) return;
  print_err("\n{}\n", speed_line(result));
  if (!options.verbose) return;
  print_err("loaded in {:.2f} s, first token after {:.2f} s, ended by {}, seed {}\n",
            double(session.load_time().count()) / 1e9,
            double((result.timings.queued + result.timings.prompt).count()) / 1e9, to_string(result.reason),
            result.seed);
  const MemoryPlan& plan = session.plan();
  const EngineStats stats = engine.stats();
  if (stats.num_draft_tokens > 0) {
    print_err("drafts: {} of {} tokens accepted, {} steps\n", stats.num_accepted_tokens,
              stats.num_draft_tokens, stats.num_steps);
  }
  const size_t used = result.usage.num_prompt_tokens + result.usage.num_generated_tokens;
  print_err("memory: {} planned for {} of {} tokens, {} at most\n", format_bytes(plan.bytes_at(used)), used,
            plan.context, format_bytes(peak_resident_memory().value_or(0)));
}

/// Holds the answer to its form, which a thought in front of it has not.
Status constrain(LoadedModel& session, const RunOptions& options, GenerateRequest& request) {
  const auto source = TRY(options.form.source());
  if (!source) return {};
  auto form = session.grammars()->get(*source);
  if (!form) {
    Error error = std::move(form.error());
    error.message = fmt::format("{}: {}", options.form.given(), error.message);
    return std::unexpected(std::move(error));
  }
  for (const std::string& warning : form->grammar().warnings()) print_line("note: " + warning);
  auto constraint = constrain_to(*form);
  if (!options.raw) {
    const ReasoningFormat reasoning = find_reasoning_format(*TRY(session.chat_template()));
    const std::string& prompt = request.prompt.segments().back().text;
    if (auto marks = reasoning_marks(reasoning, prompt, *form->tokens)) {
      constraint = after_reasoning(*std::move(marks), form->tokens->table, std::move(constraint));
    }
  }
  request.constraints.push_back(std::move(constraint));
  return {};
}

Result<std::string> prompt_text(const RunOptions& options) {
  std::string text = TRY(read_prompt(options.prompt));
  if (!text.empty()) return text;
  return fail_hint(ErrorCode::kInvalidArgument, "give it as an argument or on standard input",
                   "the prompt is empty");
}

/// Prints an answer while `generate` makes it.
Result<Answer> print_while_it_comes(
    const RunOptions& options,
    const std::function<Result<Answer>(InterruptGuard& interrupt, const AnswerSink& sink)>& generate) {
  InterruptGuard interrupt;
  AnswerPrinter printer(options.thinking.hidden ? TextSink() : print_thought, print_answer);
  const auto print = [&](PartKind kind, std::string_view text) {
    printer.add(kind, text);
    // Nobody reads the rest.
    if (std::ferror(stdout) != 0) interrupt.request();
  };
  Answer answer = TRY(generate(interrupt, print));
  printer.end();
  if (!answer.text.ends_with('\n')) print_text(stdout, "\n");
  return answer;
}

/// What an answer that has been printed comes to.
Status end_of(const Answer& answer) {
  if (const auto note = note_of(answer)) print_line(fmt::format("note: {}", *note));
  if (answer.result.reason == FinishReason::kError) return std::unexpected(*answer.result.error);
  if (std::ferror(stdout) != 0) return {};  // main() tells of it
  if (answer.result.reason == FinishReason::kCancelled)
    return fail(ErrorCode::kCancelled, "stopped by Ctrl-C");
  return {};
}

Status run_once(LoadedModel& session, const RunOptions& options, SamplingParams defaults) {
  std::string text = TRY(prompt_text(options));
  GenerateRequest request;
  request.sampling = TRY(options.sampling.apply(std::move(defaults)));
  Engine* engine = TRY(session.engine());
  ChatModel::Question question = TRY(make_question(session, options, std::move(text)));
  for (const std::string& note : question.notes) print_line("note: " + note);
  request.prompt = std::move(question.prompt);
  if (options.max_tokens > 0) request.max_tokens = options.max_tokens;
  request.stop = options.stop;
  request.ignore_eos = options.ignore_eos;
  TRY(constrain(session, options, request));
  question.reading.apply(request);

  const Answer answer =
      TRY(print_while_it_comes(options, [&](InterruptGuard& interrupt, const AnswerSink& sink) {
        return generate_answer(*engine, std::move(request), interrupt, sink);
      }));
  report(session, *engine, answer.result, options);
  return end_of(answer);
}

/// A request to a server that asks the same; nothing where it could not be asked so.
std::optional<Json> as_request(const RunOptions& options) {
  const SessionOptions& session = options.session;
  const SessionOptions plain;
  const bool as_the_server_has_it = session.draft_model.empty() && session.precision == plain.precision &&
                                    session.kv_type == plain.kv_type && session.pooling.empty() &&
                                    session.chat_template.empty() && session.load == plain.load &&
                                    session.compute.threads == 0 && !session.compute.pin_threads &&
                                    session.compute.huge_pages;
  auto request = options.sampling.as_request();
  if (!as_the_server_has_it || !request || options.raw || !options.form.given().empty()) return std::nullopt;
  if (!options.thinking.level.empty()) {
    const std::string& level = options.thinking.level;
    (*request)["think"] = level == "on" || level == "off" ? Json(level == "on") : Json(level);
  }
  if (options.thinking.max_tokens) (*request)["thinking_budget"] = *options.thinking.max_tokens;
  if (options.max_tokens > 0) (*request)["max_tokens"] = options.max_tokens;
  if (!options.stop.empty()) (*request)["stop"] = options.stop;
  if (options.ignore_eos) (*request)["ignore_eos"] = true;
  return request;
}

/// By a server of this user that has the model or can load it, so that it is not in memory twice. False:
/// there is none, or it cannot be asked so.
Result<bool> run_on_daemon(const RunOptions& options) {
  auto request = as_request(options);
  if (!request || (options.prompt.empty() && is_terminal(stdin))) return false;
  const auto daemon = DaemonClient::find(process_environment());
  if (!daemon) return false;
  const auto name = TRY(find_on_daemon(*daemon, options.session.model));
  if (!name) return false;
  const std::string text = TRY(prompt_text(options));
  (*request)["model"] = *name;
  (*request)["messages"] = Json::array();
  if (!options.system.empty()) {
    (*request)["messages"].push_back({{"role", "system"}, {"content", options.system}});
  }
  (*request)["messages"].push_back({{"role", "user"}, {"content", text}});
  const Answer answer =
      TRY(print_while_it_comes(options, [&](InterruptGuard& interrupt, const AnswerSink& sink) {
        return answer_on_daemon(*daemon, *std::move(request), interrupt, sink);
      }));
  if (!options.quiet && answer.result.reason != FinishReason::kCancelled) {
    print_err("\n{}\n", speed_line(answer.result));
  }
  TRY(end_of(answer));
  return true;
}

/// What the store says of the model, where the command line says nothing.
void take_defaults(const StoredModel& stored, RunOptions& options, SamplingParams& sampling,
                   const LogSink& log) {
  ModelDefaults defaults = read_model_defaults(stored, std::move(sampling), log);
  sampling = std::move(defaults.sampling);
  if (options.system.empty()) options.system = stored.system.value_or("");
  if (options.stop.empty()) options.stop = std::move(defaults.stop);
  if (options.max_tokens == 0) options.max_tokens = defaults.max_tokens;
}

Status run(const RunOptions& given) {
  const LogSink log = stderr_log(given.verbose);
  RunOptions options = given;
  if (options.session.model.empty()) options.session.model = TRY(default_model_name(log));
  if (TRY(run_on_daemon(options))) return {};
  const auto session = TRY(open_session(options.session, log));
  log(LogLevel::kInfo, fmt::format("{} on {}", session->path().string(), session->backend().name()));
  if (options.raw && !options.thinking.given().empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "leave out one of them",
                     "{}: --raw text has no thoughts of its own", options.thinking.given());
  }
  if (!options.raw && !session->is_encoder() && !session->has_own_chat_template()) {
    log(LogLevel::kWarning, "the model has no chat template; ChatML is used (--raw: none)");
  }
  SamplingParams defaults = default_sampling(session->files().generation(log));
  if (session.stored) take_defaults(*session.stored, options, defaults, log);
  if (!options.prompt.empty() || !is_terminal(stdin)) {
    return run_once(*session, options, std::move(defaults));
  }
  if (options.raw) {
    return fail_hint(ErrorCode::kInvalidArgument, "give the text as an argument",
                     "a chat needs the chat template");
  }
  if (!options.form.given().empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "give the prompt as an argument",
                     "{}: is for one answer, not for a chat", options.form.given());
  }
  ReplSettings settings;
  settings.thinking = options.thinking;
  settings.sampling = TRY(options.sampling.apply(std::move(defaults)));
  settings.max_tokens = options.max_tokens;
  settings.verbose = options.verbose;
  return chat(*session, std::move(settings), options.system);
}

void add_options(Arguments& arguments, RunOptions& options) {
  add_model(arguments, "MODEL,-m,--model", options.session.model).unless_given("the default one, smollm2");
  arguments.words("PROMPT", options.prompt, "what to ask; - is standard input")
      .unless_given("standard input, or a chat on a terminal");
  arguments.option("--system", options.system, text("TEXT"), "system message");
  arguments
      .option("-n,--max-tokens", options.max_tokens, number(size_t(1), size_t(1) << 30),
              "most tokens to generate")
      .unless_given("as many as the context allows");
  arguments.repeatable("--stop", options.stop, text("TEXT"), "ends the completion before this text");
  options.thinking.add_to(arguments);
  arguments.flag("--raw", options.raw, "carry the text on as it is, without the chat template");
  arguments.flag("--ignore-eos", options.ignore_eos, "go on where the model would end its turn");
  arguments.flag("-v,--verbose", options.verbose, "say more on standard error");
  arguments.flag("-q,--quiet", options.quiet, "do not say how fast it was");
  add_session_options(arguments, options.session);
  add_draft_options(arguments, options.session);
  add_chat_template_option(arguments, options.session);
  options.form.add_to(arguments);
  options.sampling.add_to(arguments);
}

}  // namespace

Command command_run() {
  return {"run", "Complete a prompt, or chat", [](Arguments& arguments) -> std::function<Status()> {
            auto options = std::make_shared<RunOptions>();
            add_options(arguments, *options);
            return [options] { return run(*options); };
          }};
}

}  // namespace hearth::cli
