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

// The members that are a schema or, as well, the text of one.
constexpr std::string_view kResponseFormat[] = {"response_format", "json_schema", "schema"};
constexpr std::string_view kBareResponseFormat[] = {"response_format", "schema"};
constexpr std::string_view kOutputFormat[] = {"output_format", "schema"};
constexpr std::string_view kOutputConfig[] = {"output_config", "format", "schema"};
constexpr std::string_view kTextFormat[] = {"text", "format", "schema"};
constexpr std::string_view kStructuredOutputs[] = {"structured_outputs", "json"};
constexpr std::string_view kGuidedJson[] = {"guided_json"};
constexpr std::string_view kJsonSchema[] = {"json_schema"};
constexpr std::string_view kFormat[] = {"format"};
constexpr std::span<const std::string_view> kSchemaPaths[] = {
    kResponseFormat,    kBareResponseFormat, kOutputFormat, kOutputConfig, kTextFormat,
    kStructuredOutputs, kGuidedJson,         kJsonSchema,   kFormat};

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

bool is_of_number(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/// Whether a number, read and written, has the same text.
bool survives(std::string_view number) {
  constexpr size_t kAlwaysFits = 18;
  const size_t num_digits = number.size() - (number.starts_with('-') ? 1 : 0);
  if (number.find_first_of(".eE") == number.npos && number != "-0") return num_digits <= kAlwaysFits;
  if (number.size() > kAlwaysFits + 2) return false;
  const Json read = Json::parse(number, nullptr, false);
  return !read.is_discarded() && read.dump() == number;
}

bool all_numbers_survive(std::string_view json) {
  for (size_t at = 0; at < json.size();) {
    if (json[at] == '"') {
      at = end_of_string(json, at);
      continue;
    }
    const size_t begin = at;
    while (at < json.size() && is_of_number(json[at])) ++at;
    // The e of true and false is a number's as little as any other word.
    if (at > begin && json[begin] != 'e' && !survives(json.substr(begin, at - begin))) return false;
    if (at == begin) ++at;
  }
  return true;
}

/// Whether a JSON text may be read within the limits of a request; the rest of the request counts too.
bool fits(std::string_view json, const JsonLimits& limits) {
  std::vector<size_t> members;  // of each open container, an array's elements too
  for (size_t at = 0; at < json.size();) {
    const char c = json[at];
    at = c == '"' ? end_of_string(json, at) : at + 1;
    if (c == '{' || c == '[') members.push_back(1);
    if ((c == '}' || c == ']') && !members.empty()) members.pop_back();
    if (c == ',' && !members.empty()) ++members.back();
    if (members.size() > limits.max_depth / 2) return false;
    if (!members.empty() && members.back() > limits.max_members) return false;
  }
  return true;
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

/// Copies a JSON text, well-formed or not, with the objects of arguments as strings, and schemas whose
/// numbers a double does not hold, or that are larger than requests may be.
class Rewriter {
 public:
  Rewriter(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

  /// Nothing where the text is nested too deeply to be a request.
  std::optional<std::string> run() {
    for (size_t at = 0; at < text_.size();) {
      const char c = text_[at];
      if (c == '"') {
        const size_t end = end_of_string(text_, at);
        if (!open_.empty() && open_.back().awaits_key) open_.back().key = text_.substr(at + 1, end - at - 2);
        at = end;
        continue;
      }
      const bool is_schema = c == '{' && is_at_schema();
      if (is_schema || (c == '{' && (is_at(kToolCallPath) || is_at(kToolUsePath)))) {
        const size_t end = end_of_container(text_, at);
        const std::string_view json = text_.substr(at, end - at);
        if (!is_schema || !all_numbers_survive(json) || !fits(json, limits_)) {
          out_.append(text_, copied_, at - copied_);
          append_as_string(json, out_);
          copied_ = end;
        }
        at = end;
        continue;
      }
      if (c == '{' || c == '[') {
        if (open_.size() >= limits_.max_depth) return std::nullopt;
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

  bool is_at_schema() const {
    return std::ranges::any_of(kSchemaPaths, [&](const auto& path) { return is_at(path); });
  }

  std::string_view text_;
  const JsonLimits& limits_;
  std::vector<Container> open_;
  size_t copied_ = 0;
  std::string out_;
};

bool holds(std::string_view text, std::string_view name) { return text.find(name) != text.npos; }

bool may_hold_arguments(std::string_view text) {
  return holds(text, "\"messages\"") && (holds(text, "\"arguments\"") || holds(text, "\"input\""));
}

/// Of each way to a schema one name that is on it.
bool may_hold_schema(std::string_view text) {
  static constexpr std::string_view kNames[] = {"\"schema\"", "\"format\"", "\"json\"", "\"json_schema\"",
                                                "\"guided_json\""};
  return std::ranges::any_of(kNames, [&](std::string_view name) { return holds(text, name); });
}

}  // namespace

Result<Json> parse_request(std::string_view text, const JsonLimits& limits) {
  const bool is_plain = !may_hold_arguments(text) && !may_hold_schema(text);
  if (text.size() > limits.max_bytes || is_plain) return parse_json(text, limits);
  const auto rewritten = Rewriter(text, limits).run();
  if (!rewritten) return parse_json(text, limits);
  JsonLimits escaped = limits;
  escaped.max_bytes = std::max(limits.max_bytes, rewritten->size());
  auto parsed = parse_json(*rewritten, escaped);
  // The text as it came tells where it breaks.
  return parsed ? std::move(parsed) : parse_json(text, limits);
}

}  // namespace hearth::api
