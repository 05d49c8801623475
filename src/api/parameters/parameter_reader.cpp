#include "api/parameters/parameter_reader.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "api/parameters/known_parameters.h"
#include "base/printable.h"
#include "text/unicode/utf8.h"

namespace hearth::api {
namespace {

std::unexpected<Error> wrong_kind(const std::string& path, std::string_view expected, const Json& value) {
  return fail(ErrorCode::kInvalidArgument, "{}: must be {}, not {}", path, expected, kind_of(value));
}

/// Names from outside go into messages only where they look like names.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// How many characters must be put in, left out or changed to make one of the other; `limit` where it is
/// more.
size_t edit_distance(std::string_view a, std::string_view b, size_t limit) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) >= limit) return limit;
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t(0));
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return std::min(row.back(), limit);
}

/// Of `names` the one that `name` is a misspelling of; empty: none.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> names) {
  std::string_view nearest;
  size_t best = name.size() < 6 ? 2 : 3;
  for (const std::string_view one : names) {
    const size_t distance = edit_distance(name, one, best);
    if (distance >= best) continue;
    best = distance;
    nearest = one;
  }
  return nearest;
}

}  // namespace

std::string_view kind_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "a boolean";
    default:
      return "a number";
  }
}

std::optional<int64_t> as_integer(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<uint64_t>();
    if (number > uint64_t(INT64_MAX)) return std::nullopt;
    return int64_t(number);
  }
  if (value.is_number_integer()) return value.get<int64_t>();
  if (!value.is_number_float()) return std::nullopt;
  const double number = value.get<double>();
  // Beyond 2^53 a double no longer tells integers apart.
  if (std::trunc(number) != number || std::abs(number) > 9007199254740992.0) return std::nullopt;
  return int64_t(number);
}

Result<ParameterReader> ParameterReader::of(const Json& value, std::string path) {
  if (value.is_object()) return ParameterReader(value, std::move(path));
  if (path.empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "send the parameters as members of an object",
                     "the body must be a JSON object, not {}", kind_of(value));
  }
  return wrong_kind(path, "an object", value);
}

std::string ParameterReader::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

const Json* ParameterReader::find(std::string_view name) {
  read_.push_back(name);
  const auto found = object_->find(name);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

Result<const Json*> ParameterReader::require(std::string_view name) {
  const Json* value = find(name);
  if (value == nullptr) return fail(ErrorCode::kInvalidArgument, "{}: is missing", path_of(name));
  return value;
}

Result<std::optional<bool>> ParameterReader::boolean(std::string_view name) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) return wrong_kind(path_of(name), "true or false", *value);
  return value->get<bool>();
}

Result<std::optional<int64_t>> ParameterReader::integer(std::string_view name, int64_t low, int64_t high) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const std::string range = low == INT64_MIN && high == INT64_MAX
                                ? "an integer"
                                : fmt::format("an integer from {} to {}", low, high);
  if (!value->is_number()) return wrong_kind(path_of(name), range, *value);
  const auto number = as_integer(*value);
  if (!number || *number < low || *number > high) {
    return fail(ErrorCode::kInvalidArgument, "{}: must be {}, not {}", path_of(name), range, value->dump());
  }
  return *number;
}

Result<std::optional<double>> ParameterReader::number(std::string_view name, double low, double high) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const std::string range = fmt::format("a number from {} to {}", low, high);
  if (!value->is_number()) return wrong_kind(path_of(name), range, *value);
  const double number = value->get<double>();
  // Written so that NaN fails.
  if (!(number >= low && number <= high)) {
    return fail(ErrorCode::kInvalidArgument, "{}: must be {}, not {}", path_of(name), range, value->dump());
  }
  return number;
}

Result<std::optional<std::string>> ParameterReader::text(std::string_view name, size_t max_length) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) return wrong_kind(path_of(name), "a string", *value);
  const auto& text = value->get_ref<const std::string&>();
  if (text.size() > max_length && count_code_points(text) > max_length) {
    return fail(ErrorCode::kInvalidArgument, "{}: has {} characters, the limit is {}", path_of(name),
                count_code_points(text), max_length);
  }
  return text;
}

std::unexpected<Error> ParameterReader::unknown(std::string_view name) const {
  constexpr char kHint[] = "leave it out; /openapi.json lists what is understood";
  if (!is_plain_name(name)) {
    return fail_hint(ErrorCode::kInvalidArgument, kHint, "{} has a member that is not understood: {}",
                     path_.empty() ? std::string("the body") : path_, quoted(name, 64));
  }
  const std::string_view meant = nearest_name(name, read_);
  return fail_hint(ErrorCode::kInvalidArgument,
                   meant.empty() ? kHint : fmt::format("did you mean {}? {}", path_of(meant), kHint),
                   "{}: is not a parameter that is understood here", path_of(name));
}

Status ParameterReader::finish(bool body) const {
  for (const auto& [name, value] : object_->items()) {
    if (value.is_null() || std::ranges::find(read_, std::string_view(name)) != read_.end()) continue;
    const KnownParameter* known = body ? find_known_parameter(name) : nullptr;
    if (known == nullptr) return unknown(name);
    TRY(check_value(schema_of(*known), value, path_of(name), 0));
  }
  return {};
}

}  // namespace hearth::api
