#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Reads streams in tests as browsers do.

namespace hearth::testing {

struct SseEvent {
  std::string type;  ///< "message" where the stream names none
  std::string data;
  std::string last_id;

  bool operator==(const SseEvent&) const = default;
};

/// Parses an event stream by the algorithm of the WHATWG's HTML standard, section 9.2.6, in whatever pieces
/// it comes. It also counts what the standard passes over and some clients do not.
class SseParser {
 public:
  void push(std::string_view bytes) {
    for (const char c : bytes) {
      if (c == '\n' && std::exchange(after_return_, false)) continue;
      after_return_ = c == '\r';
      if (c == '\n' || c == '\r') {
        end_line();
      } else {
        line_ += c;
      }
    }
  }
  const std::vector<SseEvent>& events() const { return events_; }
  const std::vector<std::string>& comments() const { return comments_; }
  /// Blank lines that end nothing: clients that keep to the letter of no standard make empty events of them.
  size_t num_stray_blank_lines() const { return num_stray_blank_lines_; }
  size_t num_ids() const { return num_ids_; }
  /// Something was begun and not ended.
  bool in_event() const { return !line_.empty() || has_data_ || !type_.empty(); }

 private:
  void end_line() {
    if (std::exchange(at_start_, false) && line_.starts_with("\xef\xbb\xbf")) line_.erase(0, 3);
    const std::string line = std::exchange(line_, {});
    if (line.empty()) return dispatch();
    const size_t colon = line.find(':');
    if (colon == 0) {
      comments_.push_back(line.substr(1));
      return;
    }
    const std::string field = line.substr(0, colon);
    std::string value = colon == line.npos ? "" : line.substr(colon + 1);
    if (value.starts_with(' ')) value.erase(0, 1);
    if (field == "event") {
      type_ = value;
    } else if (field == "data") {
      data_ += value + '\n';
      has_data_ = true;
    } else if (field == "id" && value.find('\0') == value.npos) {
      last_id_ = value;
      ++num_ids_;
    }
  }
  void dispatch() {
    const std::string type = std::exchange(type_, {});
    std::string data = std::exchange(data_, {});
    if (!std::exchange(has_data_, false)) {
      ++num_stray_blank_lines_;
      return;
    }
    data.pop_back();
    events_.push_back({type.empty() ? "message" : type, std::move(data), last_id_});
  }

  std::vector<SseEvent> events_;
  std::vector<std::string> comments_;
  size_t num_stray_blank_lines_ = 0, num_ids_ = 0;
  std::string line_, type_, data_, last_id_;
  bool has_data_ = false, at_start_ = true, after_return_ = false;
};

}  // namespace hearth::testing
