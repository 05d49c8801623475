#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace hearth {

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
  /// `history` is read now and written as lines come, for its owner alone; nothing: no history file. A file
  /// that cannot be read or written is no error.
  explicit LineEditor(std::optional<std::filesystem::path> history);
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

}  // namespace hearth
