#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "api/call/choices.h"
#include "api/call/json.h"

namespace hearth::api {

/// A frame is named by the type of its data.
StreamFrame anthropic_frame(const Json& data);

/// The content of a message: blocks of text, thinking and tool use, in order; an empty text where there is
/// nothing. Arguments that are no whole object (a call that was cut off) are an empty one.
Json content_blocks_json(const Choice& choice);
/// Adds to a response's `warnings` which calls these are.
void add_input_warnings(const Choice& choice, Json& response);

/// The same as a stream: at most one block is open at a time.
class ContentBlockStream {
 public:
  /// Begins a block of this part's kind, without its text; `call_id` of a tool's use.
  void open(const OutputPart& part, std::string_view call_id, std::vector<StreamFrame>& frames);
  /// A part that has come; `calls` are all that have begun, this part's included.
  void add(const OutputPart& part, std::span<const ToolCall> calls, std::vector<StreamFrame>& frames);
  void end(std::vector<StreamFrame>& frames);

 private:
  void close(std::vector<StreamFrame>& frames);

  std::optional<PartKind> open_;  ///< of a tool's use kToolArguments
  size_t num_closed_ = 0;         ///< blocks; also the index of the open one
  size_t num_calls_ = 0;
};

}  // namespace hearth::api
