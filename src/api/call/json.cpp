#include "api/call/json.h"

#include <array>
#include <charconv>
#include <vector>

namespace hearth::api {
namespace {

/// Counts what a JSON text holds, without building it and whether or not it is well-formed.
class Census {
 public:
  explicit Census(const JsonLimits& limits) : limits_(limits) {}

  Status count(std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i) {
      switch (text[i]) {
        case '"':
          i = end_of_string(text, i);
          break;
        case '{':
        case '[':
          if (open_.size() >= limits_.max_depth) return too_much("nested values", limits_.max_depth);
          open_.push_back({text[i] == '{', 1});
          ++(text[i] == '{' ? num_members_ : num_elements_);
          break;
        case '}':
        case ']':
          if (!open_.empty()) open_.pop_back();
          break;
        case ',':
          TRY(count_value());
          break;
        default:
          break;
      }
    }
    return {};
  }

 private:
  struct Container {
    bool is_object;
    size_t num_values;
  };

  /// The index of the closing quote, or of the last byte.
  static size_t end_of_string(std::string_view text, size_t begin) {
    size_t i = begin + 1;
    while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
    return i;
  }

  Status count_value() {
    if (open_.empty()) return {};
    Container& container = open_.back();
    ++container.num_values;
    if (!container.is_object) {
      if (++num_elements_ > limits_.max_elements) return too_much("array elements", limits_.max_elements);
      return {};
    }
    if (container.num_values > limits_.max_members) {
      return too_much("members of one object", limits_.max_members);
    }
    if (++num_members_ > limits_.max_total_members) {
      return too_much("members of objects", limits_.max_total_members);
    }
    return {};
  }

  static Status too_much(std::string_view what, size_t limit) {
    return fail_hint(ErrorCode::kResourceLimit, "send a smaller request", "the body has more than {} {}",
                     limit, what);
  }

  const JsonLimits& limits_;
  std::vector<Container> open_;
  size_t num_members_ = 0, num_elements_ = 0;
};

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return fail_hint(ErrorCode::kResourceLimit, "send a smaller request",
                     "the body has {} bytes, the limit is {}", text.size(), limits.max_bytes);
  }
  TRY(Census(limits).count(text));
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return fail_hint(ErrorCode::kInvalidArgument, "send a JSON object in UTF-8",
                     "the body is not valid JSON: it breaks at byte {}", error.byte);
  } catch (const Json::exception&) {
    return fail_hint(ErrorCode::kInvalidArgument, "give numbers that fit a double",
                     "the body holds a number out of range");
  }
}

Json float_json(float value) {
  std::array<char, 64> text;
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
  double number = 0;
  std::from_chars(text.data(), written.ptr, number);
  return number;
}

std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace hearth::api
