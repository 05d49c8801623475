#include "cli/chat/chat.h"

#include <cstdio>
#include <optional>
#include <utility>

#include "base/private_file.h"
#include "cli/chat/chat_model.h"
#include "cli/chat/interrupt.h"
#include "cli/chat/line_editor.h"
#include "cli/session_options.h"
#include "cli/terminal.h"
#include "server/records/data_folder.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

/// In a folder for its owner alone; nothing where there is none to be had.
std::optional<ChatHistory> open_history(const LogSink& log) {
  auto history = [&]() -> Result<ChatHistory> {
    const fs::path folder = TRY(server::state_folder(process_environment()));
    TRY(make_private_folder(folder, log));
    return ChatHistory::open(folder / "history", log);
  }();
  if (history) return std::move(*history);
  log(LogLevel::kWarning, fmt::format("there will be no history: {}", history.error().message));
  return std::nullopt;
}

std::string describe(const LoadedModel& session) {
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

Status chat(LoadedModel& session, ReplSettings settings, const std::string& system) {
  const ChatModel chat_model = TRY(ChatModel::create(session));
  Engine* engine = TRY(session.engine());
  const size_t vocab_size = size_t(session.model().config().vocab_size);
  TRY(validate(settings.sampling, vocab_size));

  InterruptGuard interrupt;
  const LogSink log = stderr_log(false);
  LineEditor editor(open_history(log), log);
  ReplModel model;
  model.context = session.context();
  model.info = describe(session);
  model.chat_template = chat_model.chat_template().source();
  model.thinks = chat_model.reasoning().thinks();
  model.check = [=](const ReplSettings& changed) { return validate(changed.sampling, vocab_size); };
  model.count_tokens = [&](const Conversation& conversation) -> Result<size_t> {
    return TRY(chat_model.ask(conversation, {})).prompt.size();
  };
  model.answer = [&](const Conversation& conversation, const ReplSettings& current,
                     const AnswerSink& sink) -> Result<Answer> {
    GenerateRequest request;
    ChatModel::Question question = TRY(chat_model.ask(conversation, current.thinking));
    request.prompt = std::move(question.prompt);
    request.sampling = current.sampling;
    if (current.max_tokens > 0) request.max_tokens = current.max_tokens;
    question.reading.apply(request);
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
  io.thoughts = print_thought;
  io.messages = [](std::string_view text) { print_text(stderr, text); };
  io.chats = server::data_folder(process_environment()).value_or(".") / "chats";

  Conversation conversation;
  conversation.set_system(system);
  print_line(fmt::format("{}, {} tokens of context; /? for help", session.path().filename().string(),
                         session.context()));
  Repl(std::move(model), std::move(settings), std::move(conversation), std::move(io)).run();
  return {};
}

}  // namespace hearth::cli
