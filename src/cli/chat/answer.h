#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/chat/interrupt.h"
#include "engine/engine.h"

namespace hearth::cli {

/// An answer that has ended.
struct Answer {
  std::string text, reasoning;
  GenerateResult result;
};

/// Takes text as it comes.
using TextSink = std::function<void(std::string_view text)>;
/// The same of an answer, which is content or reasoning.
using AnswerSink = std::function<void(PartKind kind, std::string_view text)>;

/// Runs a request to its end, or to Ctrl-C. Errors: those of `submit`; a failure of the request itself is in
/// the result.
Result<Answer> generate_answer(Engine& engine, GenerateRequest request, InterruptGuard& interrupt,
                               const AnswerSink& sink);

/// Writes an answer as it comes, its thoughts apart.
class AnswerPrinter {
 public:
  /// `thoughts` may be null: they are not shown.
  AnswerPrinter(TextSink thoughts, TextSink answer);

  void add(PartKind kind, std::string_view text);
  /// The answer has ended, perhaps inside of its thoughts.
  void end();

 private:
  TextSink thoughts_, answer_;
  bool is_thinking_ = false;
};

/// What is to be said of an answer that has none; nothing where it is one.
std::optional<std::string_view> note_of(const Answer& answer);

/// "prompt 38 tokens at 923.0 tok/s, answer 41 tokens at 211.0 tok/s, 0.24 s".
std::string speed_line(const GenerateResult& result);

}  // namespace hearth::cli
