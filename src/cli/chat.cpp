#include "cli/chat.h"

#include <cstdio>
#include <optional>
#include <utility>

#include "cli/interrupt.h"
#include "cli/line_editor.h"
#include "cli/terminal.h"
#include "store/model_path.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

/// A folder of the user's for this program, by the XDG rules.
std::optional<fs::path> user_folder(const char* variable, const char* fallback) {
  const Environment environment = process_environment();
  if (const auto value = environment(variable)) return fs::path(*value) / "hearth";
  if (const auto home = environment("HOME")) return fs::path(*home) / fallback / "hearth";
  return std::nullopt;
}

std::string describe(const ModelSession& session) {
  const ModelConfig& config = session.model().config();
  const MemoryPlan& plan = session.plan();
  return fmt::format(
      "{}\narchitecture  {}, {} layers, hidden size {}, vocabulary {}\n"
      "runs on       {}\ncontext       {} of {} tokens\n"
      "memory        {} for weights and work, up to {} for the context",
      session.path().string(), config.architecture, config.num_hidden_layers, config.hidden_size,
      config.vocab_size, session.backend().name(), plan.context, plan.trained_context,
      format_bytes(plan.fixed_bytes()), format_bytes(plan.kv.bytes()));
}

}  // namespace

Status chat(ModelSession& session, ReplSettings settings, const std::string& system) {
  const Tokenizer* tokenizer = TRY(session.tokenizer());
  const ChatTemplate* chat_template = TRY(session.chat_template());
  Engine* engine = TRY(session.engine());
  const size_t vocab_size = size_t(session.model().config().vocab_size);
  TRY(validate(settings.sampling, vocab_size));

  InterruptGuard interrupt;
  std::optional<fs::path> history = user_folder("XDG_STATE_HOME", ".local/state");
  if (history) *history /= "history";
  LineEditor editor(history);
  ReplModel model;
  model.context = session.context();
  model.info = describe(session);
  model.chat_template = chat_template->source();
  model.check = [=](const ReplSettings& changed) { return validate(changed.sampling, vocab_size); };
  model.answer = [&](const Conversation& conversation, const ReplSettings& current,
                     const TextSink& sink) -> Result<Answer> {
    GenerateRequest request;
    request.prompt = TRY(conversation.prompt(*chat_template, *tokenizer));
    request.sampling = current.sampling;
    if (current.max_tokens > 0) request.max_tokens = current.max_tokens;
    interrupt.take();
    return generate_answer(*engine, std::move(request), interrupt, sink);
  };
  ReplIo io;
  io.read = [&](const std::string& prompt) {
    LineInput line = editor.read(prompt);
    interrupt.take();
    return line;
  };
  io.remember = [&](const std::string& entry) { editor.remember(entry); };
  io.answers = print_answer;
  io.messages = [](std::string_view text) { print_now(stderr, text); };
  io.chats = user_folder("XDG_DATA_HOME", ".local/share").value_or(".") / "chats";

  Conversation conversation;
  conversation.set_system(system);
  print_now(stderr, fmt::format("{}, {} tokens of context; /? for help\n", session.path().filename().string(),
                                session.context()));
  Repl(std::move(model), std::move(settings), std::move(conversation), std::move(io)).run();
  return {};
}

}  // namespace hearth
