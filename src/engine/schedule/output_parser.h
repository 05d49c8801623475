#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// What a stretch of a completion is to who reads it.
enum class PartKind : uint8_t {
  kContent,        ///< what is said
  kReasoning,      ///< what is thought before
  kToolName,       ///< begins a tool call: the whole name of the tool
  kToolArguments,  ///< of the call that the last kToolName began: JSON, piece by piece
};

struct OutputPart {
  PartKind kind = PartKind::kContent;
  std::string text;

  bool operator==(const OutputPart&) const = default;
};

/// Adds a part, or carries the last one on where both are of one kind. Each tool name is a part of its own.
void append_part(std::vector<OutputPart>& parts, OutputPart part);

/// The text of all parts of a kind.
std::string text_of(std::span<const OutputPart> parts, PartKind kind = PartKind::kContent);

/// Reads one completion as it becomes certain, and says what its parts are. It may hold text back until it
/// knows; what was said is not taken back. One belongs to one sequence and is used by one thread at a time.
class OutputParser {
 public:
  virtual ~OutputParser() = default;
  /// A token that was drawn, and the text that became certain with it: valid UTF-8, often empty, since text
  /// is held back that may belong to a stop string or to half a character. Control tokens have text where the
  /// request renders them. Adds what is now certain to `parts`.
  virtual void push(TokenId id, std::string_view text, std::vector<OutputPart>& parts) = 0;
  /// The completion has ended, with this last text; adds the rest.
  virtual void finish(std::string_view text, std::vector<OutputPart>& parts) = 0;

  /// How many of the tokens so far were thoughts, their marks included.
  virtual size_t num_reasoning_tokens() const { return 0; }
  /// What was wrong with what the model wrote, a line each.
  virtual std::vector<std::string> warnings() const { return {}; }
};

/// Takes everything for content.
std::unique_ptr<OutputParser> plain_output();

}  // namespace hearth
