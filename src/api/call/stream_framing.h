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

/// How the frames of a stream are serialized.
struct StreamFraming {
  std::string_view content_type;
  std::string (*write)(const StreamFrame& frame);
  /// The id of a frame, written before it. Null: clients count the frames.
  std::string (*write_id)(uint64_t id) = nullptr;
  /// Bytes between frames that clients ignore, as a keep-alive.
  std::string_view filler = {};
  /// Data of a final frame; empty: none.
  std::string_view end = {};
};

/// Server-sent events with names.
extern const StreamFraming kNamedEvents;
/// Server-sent events without names, ended by "[DONE]".
extern const StreamFraming kDataEvents;
/// One line of JSON for each frame ("NDJSON"), without names.
extern const StreamFraming kJsonLines;

}  // namespace hearth::api
