#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/chat/answer.h"
#include "cli/chat/conversation.h"
#include "cli/chat/line_editor.h"
#include "cli/chat/thinking.h"
#include "engine/sample/sampling_params.h"

namespace hearth::cli {

/// What a user can change while chatting.
struct ReplSettings {
  SamplingParams sampling;
  size_t max_tokens = 0;  ///< 0: as far as the context goes
  bool verbose = false;
  Thinking thinking;
};

/// What a chat needs of a model.
struct ReplModel {
  size_t context = 0;
  /// Facts about the model, as lines.
  std::string info;
  std::string chat_template;
  bool thinks = false;  ///< it may think before it answers
  /// Answers a conversation that ends with the user; stops at Ctrl-C.
  std::function<Result<Answer>(const Conversation&, const ReplSettings&, const AnswerSink&)> answer;
  /// The tokens that a conversation takes up in the context.
  std::function<Result<size_t>(const Conversation&)> count_tokens;
  /// Says whether settings are legal for the model.
  std::function<Status(const ReplSettings&)> check;
};

/// Where a chat reads and writes.
struct ReplIo {
  std::function<LineInput(const std::string& prompt)> read;
  std::function<void(const std::string& entry)> remember;
  TextSink answers;             ///< the model's words
  TextSink thoughts;            ///< what it thinks before
  TextSink messages;            ///< ours
  std::filesystem::path chats;  ///< the folder that /save and /load use for plain names
};

/// A chat on a terminal: lines that begin with / are commands, others are messages. """ begins and ends a
/// message of several lines; a path, or @path within a message, stands for the file's text. Not thread-safe.
class Repl {
 public:
  Repl(ReplModel model, ReplSettings settings, Conversation conversation, ReplIo io);

  /// Until the end of input, or /bye.
  void run();

  const Conversation& conversation() const { return conversation_; }
  const ReplSettings& settings() const { return settings_; }

 private:
  /// A slash command: its words, what they do, and what runs it with what follows the words.
  struct Entry {
    std::string_view words, arguments, help;
    Status (Repl::*run)(std::string_view arguments);
  };
  static std::span<const Entry> commands();

  /// A whole input, of one line or several; nothing at the end.
  std::optional<std::string> read_input();
  Status take(std::string_view input);
  Status run_command(std::string_view input);
  Status say(std::string text);
  Status respond();
  void print_status(const GenerateResult& result);
  void tell(std::string_view line);

  Status set_parameter(std::string_view arguments);
  Status set_system(std::string_view arguments);
  Status set_verbose(std::string_view arguments);
  Status set_quiet(std::string_view arguments);
  Status set_think(std::string_view arguments);
  Status set_no_think(std::string_view arguments);
  Status show_info(std::string_view arguments);
  Status show_parameters(std::string_view arguments);
  Status show_system(std::string_view arguments);
  Status show_template(std::string_view arguments);
  Status show_context(std::string_view arguments);
  Status clear(std::string_view arguments);
  Status save(std::string_view arguments);
  Status load(std::string_view arguments);
  Status regenerate(std::string_view arguments);
  Status undo(std::string_view arguments);
  Status help(std::string_view arguments);
  Status leave(std::string_view arguments);
  std::filesystem::path chat_file(std::string_view name) const;
  Status prepare_chats(const std::filesystem::path& file) const;

  ReplModel model_;
  ReplSettings settings_;
  Conversation conversation_;
  ReplIo io_;
  bool done_ = false;
};

/// Replaces a message that is the path of a text file by the file, and each @path in it; an @word that does
/// not look like a path and names nothing stays. Errors: kNotFound; kInvalidArgument for what is no file, or
/// no text; kResourceLimit for one beyond 1 MB; kIo.
Result<std::string> expand_files(std::string_view message);

/// "~/x" as a path in the home folder; others as they are.
std::filesystem::path expand_home(std::string_view path);

}  // namespace hearth::cli
