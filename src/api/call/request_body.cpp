#include "api/call/request_body.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hearth::api {
namespace {

// The members on the way to arguments; an array has none.
constexpr std::string_view kToolCallPath[] = {"messages", "", "tool_calls", "", "function", "arguments"};
constexpr std::string_view kToolUsePath[] = {"messages", "", "content", "", "input"};

size_t end_of_string(std::string_view text, size_t begin) {
  size_t at = begin + 1;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

/// Behind the bracket that closes the one at `begin`, or the end of the text.
size_t end_of_container(std::string_view text, size_t begin) {
  size_t depth = 0;
  for (size_t at = begin; at < text.size();) {
    if (text[at] == '"') {
      at = end_of_string(text, at);
      continue;
    }
    if (text[at] == '{' || text[at] == '[') ++depth;
    if ((text[at] == '}' || text[at] == ']') && --depth == 0) return at + 1;
    ++at;
  }
  return text.size();
}

void append_as_string(std::string_view json, std::string& out) {
  out += '"';
  for (const char c : json) {
    if (c == '"' || c == '\\') out += '\\';
    if (uint8_t(c) < 0x20) {
      out += fmt::format("\\u{:04x}", uint8_t(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

/// Copies a JSON text, well-formed or not, with the objects of arguments as strings.
class Rewriter {
 public:
  explicit Rewriter(std::string_view text) : text_(text) {}

  /// Nothing where the text is nested too deeply to be a request.
  std::optional<std::string> run(size_t max_depth) {
    for (size_t at = 0; at < text_.size();) {
      const char c = text_[at];
      if (c == '"') {
        const size_t end = end_of_string(text_, at);
        if (!open_.empty() && open_.back().awaits_key) open_.back().key = text_.substr(at + 1, end - at - 2);
        at = end;
        continue;
      }
      if (c == '{' && (is_at(kToolCallPath) || is_at(kToolUsePath))) {
        const size_t end = end_of_container(text_, at);
        out_.append(text_, copied_, at - copied_);
        append_as_string(text_.substr(at, end - at), out_);
        at = copied_ = end;
        continue;
      }
      if (c == '{' || c == '[') {
        if (open_.size() >= max_depth) return std::nullopt;
        open_.push_back({.is_object = c == '{', .awaits_key = c == '{', .key = {}});
      } else if (c == '}' || c == ']') {
        if (!open_.empty()) open_.pop_back();
      } else if (!open_.empty() && open_.back().is_object && (c == ':' || c == ',')) {
        open_.back().awaits_key = c == ',';
      }
      ++at;
    }
    out_.append(text_, copied_);
    return std::move(out_);
  }

 private:
  struct Container {
    bool is_object, awaits_key;
    std::string_view key;
  };

  bool is_at(std::span<const std::string_view> path) const {
    return std::ranges::equal(open_, path, {}, &Container::key);
  }

  std::string_view text_;
  std::vector<Container> open_;
  size_t copied_ = 0;
  std::string out_;
};

bool may_hold_arguments(std::string_view text) {
  return text.find("\"messages\"") != text.npos &&
         (text.find("\"arguments\"") != text.npos || text.find("\"input\"") != text.npos);
}

}  // namespace

Result<Json> parse_request(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes || !may_hold_arguments(text)) return parse_json(text, limits);
  const auto rewritten = Rewriter(text).run(limits.max_depth);
  if (!rewritten) return parse_json(text, limits);
  JsonLimits escaped = limits;
  escaped.max_bytes = std::max(limits.max_bytes, rewritten->size());
  auto parsed = parse_json(*rewritten, escaped);
  // The text as it came tells where it breaks.
  return parsed ? std::move(parsed) : parse_json(text, limits);
}

}  // namespace hearth::api
