#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth::api {

/// One event of a stream; an empty name is left out.
struct StreamFrame {
  std::string event;
  std::string data;
};

/// How the frames of a stream become bytes.
struct StreamFraming {
  std::string_view content_type;
  std::string (*write)(const StreamFrame& frame);
  /// What stands before a frame to tell its id. Null: clients have to count the frames.
  std::string (*write_id)(uint64_t id) = nullptr;
  /// Bytes that may stand between frames and that no client takes for one.
  std::string_view filler = {};
  /// Data of the frame that ends every stream; empty: the last event of the dialect does.
  std::string_view end = {};
};

/// Server-sent events that have names.
extern const StreamFraming kNamedEvents;
/// Server-sent events without names, the last of which is "[DONE]".
extern const StreamFraming kDataEvents;
/// One line of JSON a frame ("NDJSON"); names are not written.
extern const StreamFraming kJsonLines;

}  // namespace hearth::api
