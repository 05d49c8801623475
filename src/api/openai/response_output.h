#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/call/choices.h"
#include "api/call/json.h"

namespace hearth::api {

/// The output of a response as its parts come: messages, reasoning and function calls, in order. Each step
/// says which events of a stream follow from it: their types, and their members but for the sequence number.
class ResponseOutput {
 public:
  using Events = std::vector<std::pair<std::string, Json>>;

  /// `message_id` is that of the first message.
  explicit ResponseOutput(std::string message_id) : message_id_(std::move(message_id)) {}

  /// A message begins, of which nothing is known yet.
  void begin_message(Events& events);
  /// Parts of an event; `calls` are all that have begun, and `logprobs`, an array, those of its tokens.
  void add(std::span<const OutputPart> parts, std::span<const ToolCall> calls, Json logprobs, Events& events);
  /// The last item ends; a message does where there is none.
  void end(std::string_view status, Events& events);
  /// What has ended so far.
  const Json& items() const { return items_; }

 private:
  void open(const OutputPart& part, std::span<const ToolCall> calls, Events& events);
  void say(const OutputPart& part, Json logprobs, Events& events);
  void close(std::string_view status, Events& events);
  /// The open item at its end, or with nothing in it.
  Json item_json(std::string_view status, bool is_whole) const;
  Json content_part() const;
  /// {"item_id", "output_index", "content_index", ...}
  Json in_part(const Json& members) const;
  Json in_item(const Json& members) const;

  std::string message_id_;
  Json items_ = Json::array();
  bool is_open_ = false;
  PartKind kind_ = PartKind::kContent;  ///< of the open item; of a call kToolArguments
  std::string id_, text_;
  ToolCall call_;
  Json logprobs_ = Json::array();
  size_t num_calls_ = 0;
};

}  // namespace hearth::api
