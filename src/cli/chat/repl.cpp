#include "cli/chat/repl.h"

#include <utility>

#include "base/printable.h"

namespace hearth::cli {
namespace {

constexpr std::string_view kQuotes = "\"\"\"";

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// Whether `text` begins with the words, followed by white space or nothing.
bool begins_with_words(std::string_view text, std::string_view words) {
  return text.starts_with(words) && (text.size() == words.size() || text[words.size()] == ' ');
}

}  // namespace

Repl::Repl(ReplModel model, ReplSettings settings, Conversation conversation, ReplIo io)
    : model_(std::move(model)),
      settings_(std::move(settings)),
      conversation_(std::move(conversation)),
      io_(std::move(io)) {}

void Repl::tell(std::string_view line) { io_.messages(fmt::format("{}\n", line)); }

void Repl::run() {
  while (!done_) {
    const std::optional<std::string> input = read_input();
    if (!input) return;
    if (trimmed(*input).empty()) continue;
    if (const Status status = take(*input); !status) {
      tell(fmt::format("error: {}", visible_line(status.error().message)));
      if (!status.error().hint.empty()) tell(fmt::format("hint: {}", visible_line(status.error().hint)));
    }
  }
}

std::optional<std::string> Repl::read_input() {
  LineInput line = io_.read(">>> ");
  if (line.kind == LineInput::Kind::kInterrupted) {
    tell("\nuse /bye or Ctrl-D to leave");
    return "";
  }
  if (line.kind == LineInput::Kind::kEnd) return std::nullopt;
  std::string_view first = trimmed(line.text);
  if (!first.starts_with(kQuotes)) {
    io_.remember(line.text);
    return std::move(line.text);
  }
  std::string text(first.substr(kQuotes.size()));
  while (!text.ends_with(kQuotes)) {
    line = io_.read("... ");
    if (line.kind != LineInput::Kind::kLine)
      return line.kind == LineInput::Kind::kEnd ? std::nullopt : std::optional("");
    text += text.empty() ? "" : "\n";
    text += line.text;
  }
  text.resize(text.size() - kQuotes.size());
  io_.remember(text);
  // Quoted text is a message even where it begins with a slash.
  return text.starts_with('/') ? "\n" + text : text;
}

Status Repl::take(std::string_view input) {
  if (input.starts_with('/')) return run_command(trimmed(input));
  return say(TRY(expand_files(trimmed(input))));
}

Status Repl::run_command(std::string_view input) {
  const Entry* best = nullptr;
  for (const Entry& entry : commands()) {
    if (begins_with_words(input, entry.words) &&
        (best == nullptr || entry.words.size() > best->words.size())) {
      best = &entry;
    }
  }
  if (best != nullptr) return (this->*best->run)(trimmed(input.substr(best->words.size())));
  // No command holds a slash beyond its first.
  std::error_code error;
  const bool is_path =
      input.find('/', 1) != std::string_view::npos && input.find(' ') == std::string_view::npos;
  if (is_path || std::filesystem::is_regular_file(std::filesystem::path(input), error)) {
    return say(TRY(expand_files(input)));
  }
  return fail_hint(ErrorCode::kInvalidArgument, "/? lists the commands", "there is no command {}",
                   input.substr(0, input.find(' ')));
}

Status Repl::say(std::string text) {
  conversation_.add_user(std::move(text));
  const Status status = respond();
  if (!status) conversation_.drop_last();
  return status;
}

Status Repl::respond() {
  AnswerPrinter printer(settings_.thinking.hidden ? TextSink() : io_.thoughts, io_.answers);
  const auto print = [&](PartKind kind, std::string_view text) { printer.add(kind, text); };
  const Answer answer = TRY(model_.answer(conversation_, settings_, print));
  printer.end();
  if (answer.result.reason == FinishReason::kError) return std::unexpected(*answer.result.error);
  io_.answers(answer.text.ends_with('\n') ? "\n" : "\n\n");
  // An answer that was stopped counts as far as it came.
  conversation_.add_assistant(answer.text, answer.reasoning);
  print_status(answer.result);
  if (const auto note = note_of(answer)) tell(fmt::format("note: {}", *note));
  return {};
}

void Repl::print_status(const GenerateResult& result) {
  const size_t num_tokens = result.usage.num_prompt_tokens + result.usage.num_generated_tokens;
  std::string line = fmt::format("[{} of {} tokens, {:.0f} % | {:.1f} tok/s", num_tokens, model_.context,
                                 100.0 * double(num_tokens) / double(model_.context),
                                 result.timings.generate_rate(result.usage));
  if (result.reason != FinishReason::kStop) line += fmt::format(" | {}", to_string(result.reason));
  tell(line + "]");
  if (settings_.verbose) tell(fmt::format("{}, seed {}", speed_line(result), result.seed));
}

}  // namespace hearth::cli
