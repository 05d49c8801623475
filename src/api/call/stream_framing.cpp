#include "api/call/stream_framing.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace hearth::api {
namespace {

constexpr std::string_view kEventStream = "text/event-stream; charset=utf-8";
/// A comment without a blank line behind it: after one, some clients take what they have read for an event.
constexpr std::string_view kComment = ": keep-alive\n";

std::string write_event(const StreamFrame& frame) {
  std::string text;
  if (!frame.event.empty()) fmt::format_to(std::back_inserter(text), "event: {}\n", frame.event);
  std::string_view rest = frame.data;
  while (true) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    fmt::format_to(std::back_inserter(text), "data: {}\n", rest.substr(0, end));
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  text += '\n';
  return text;
}

std::string write_event_id(uint64_t id) { return fmt::format("id: {}\n", id); }

std::string write_line(const StreamFrame& frame) { return frame.data + '\n'; }

}  // namespace

constexpr StreamFraming kNamedEvents = {
    .content_type = kEventStream, .write = write_event, .write_id = write_event_id, .filler = kComment};

constexpr StreamFraming kDataEvents = {.content_type = kEventStream,
                                       .write = write_event,
                                       .write_id = write_event_id,
                                       .filler = kComment,
                                       .end = "[DONE]"};

// A blank before a value is part of it; a line of its own would be one that holds no JSON.
constexpr StreamFraming kJsonLines = {
    .content_type = "application/x-ndjson", .write = write_line, .filler = " "};

}  // namespace hearth::api
