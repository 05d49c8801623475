#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth {

class ChatTemplate;

/// How a model marks what it thinks before it answers.
struct ReasoningFormat {
  std::string start = {}, end = {};  ///< marks without white space around them; both empty: it does not think
  bool in_channels = false;          ///< harmony: thoughts are messages of a channel of their own
  /// What ends a thought that is under way, white space included; in channels, up to the next header.
  std::string closing = {};
  /// In channels: the rest of an answer's header, and how a header begins that can only be a thought's.
  std::string answer_start = {}, thought_only = {};
  /// The variable of the template that switches thinking: "enable_thinking", "thinking", "reasoning_effort";
  /// empty: none.
  std::string switch_name = {};

  bool thinks() const { return !end.empty() || in_channels; }
  /// Whether a completion of this prompt begins inside of a thought.
  bool is_open_at_end(std::string_view prompt) const;
};

ReasoningFormat find_reasoning_format(const ChatTemplate& chat_template);

}  // namespace hearth
