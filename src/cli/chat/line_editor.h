#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "cli/chat/chat_history.h"

namespace hearth::cli {

/// What came of asking for a line.
struct LineInput {
  enum class Kind { kLine, kInterrupted, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;  ///< without its line end
};

/// Reads lines from the terminal with editing and a history that outlives the program (libedit). One at a
/// time in a process, used by one thread.
class LineEditor {
 public:
  /// `history` is written as lines come; nothing: the lines are forgotten. That it cannot be written is told
  /// to `log`, once.
  LineEditor(std::optional<ChatHistory> history, LogSink log);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  LineInput read(const std::string& prompt);

  /// Puts an entry into the history.
  void remember(const std::string& entry);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hearth::cli
