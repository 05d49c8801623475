#include "api/parameters/schema.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "api/parameters/parameter_reader.h"
#include "base/check.h"
#include "base/printable.h"
#include "text/unicode/utf8.h"

namespace hearth::api {
namespace {

using Kind = Schema::Kind;

Json parsed_values(const Schema& schema) {
  auto values = parse_json(schema.values);
  CHECK(values.has_value());
  return *std::move(values);
}

/// Whatever the order of members.
bool is_same(const Json& taken, const Json& value) {
  if (!taken.is_object()) return taken == value;
  if (!value.is_object() || value.size() != taken.size()) return false;
  return std::ranges::all_of(taken.items(), [&](const auto& member) {
    const auto found = value.find(member.key());
    return found != value.end() && is_same(member.value(), *found);
  });
}

/// " of at most 5", " of 1 to 5", or nothing.
std::string size_phrase(const Schema& schema, std::string_view unit) {
  const bool is_bounded = schema.high != int64_t(Schema::kUnbounded);
  if (schema.low > 0 && is_bounded) return fmt::format(" of {} to {} {}", schema.low, schema.high, unit);
  if (schema.low > 0) return fmt::format(" of at least {} {}", schema.low, unit);
  return is_bounded ? fmt::format(" of at most {} {}", schema.high, unit) : std::string();
}

/// What a value must be, as the end of "must be ...".
std::string phrase(const Schema& schema, size_t vocab_size) {
  switch (schema.kind) {
    case Kind::kAny:
      return "any value";
    case Kind::kBoolean:
      return "true or false";
    case Kind::kInteger:
      if (schema.low == INT64_MIN && schema.high == INT64_MAX) return "an integer";
      return fmt::format("an integer from {} to {}", schema.low, schema.high);
    case Kind::kNumber:
      if (schema.least == -std::numeric_limits<double>::infinity()) return "a number";
      return fmt::format("a number from {} to {}", schema.least, schema.most);
    case Kind::kText:
      return "a string" + size_phrase(schema, "characters");
    case Kind::kFormat:
      return std::string(schema.format->expected);
    case Kind::kChoice:
      return fmt::format("one of {}", fmt::join(schema.names, ", "));
    case Kind::kOnly:
      return dump_json(parsed_values(schema)[0]);
    case Kind::kTokenId:
      return fmt::format("a token id from 0 to {}", vocab_size - 1);
    case Kind::kArray:
      return "an array" + size_phrase(schema, "items");
    case Kind::kTuple:
      return fmt::format("an array of {} items", schema.num_parts);
    case Kind::kMap:
      return "an object" + size_phrase(schema, "members");
    case Kind::kObject:
      return "an object";
    case Kind::kElsewhere:
    case Kind::kStructure:
      return "an object or an array";
    case Kind::kEither: {
      std::string text;
      for (size_t i = 0; i < schema.num_parts; ++i) {
        if (i > 0) text += i + 1 == schema.num_parts ? " or " : ", ";
        text += phrase(schema.parts[i], vocab_size);
      }
      return text;
    }
  }
  return {};
}

/// Whether a value is of the right kind, so that what is wrong with it is worth telling.
bool fits(const Schema& schema, const Json& value) {
  switch (schema.kind) {
    case Kind::kAny:
    case Kind::kElsewhere:
      return true;
    case Kind::kBoolean:
      return value.is_boolean();
    case Kind::kInteger:
    case Kind::kNumber:
    case Kind::kTokenId:
      return value.is_number();
    case Kind::kText:
    case Kind::kFormat:
    case Kind::kChoice:
      return value.is_string();
    case Kind::kOnly:
      return std::ranges::any_of(parsed_values(schema),
                                 [&](const Json& taken) { return kind_of(taken) == kind_of(value); });
    case Kind::kArray:
      return value.is_array() && (value.empty() || fits(schema.parts[0], value[0]));
    case Kind::kTuple:
      return value.is_array();
    case Kind::kMap:
    case Kind::kObject:
      return value.is_object();
    case Kind::kStructure:
      return value.is_structured();
    case Kind::kEither:
      return std::ranges::any_of(std::span(schema.parts, schema.num_parts),
                                 [&](const Schema& part) { return fits(part, value); });
  }
  return false;
}

class Checker {
 public:
  explicit Checker(size_t vocab_size) : vocab_size_(vocab_size) {}

  Status check(const Schema& schema, const Json& value, const std::string& path) const {
    switch (schema.kind) {
      case Kind::kAny:
      case Kind::kElsewhere:
        return {};
      case Kind::kBoolean:
      case Kind::kStructure:
        return fits(schema, value) ? Status() : wrong(schema, value, path);
      case Kind::kInteger:
        return check_integer(schema, schema.low, schema.high, value, path);
      case Kind::kTokenId:
        return check_integer(schema, 0, int64_t(vocab_size_) - 1, value, path);
      case Kind::kNumber:
        // Written so that NaN fails.
        if (value.is_number() && value.get<double>() >= schema.least && value.get<double>() <= schema.most) {
          return {};
        }
        return wrong(schema, value, path);
      case Kind::kText:
      case Kind::kFormat:
      case Kind::kChoice:
        if (!value.is_string()) return wrong(schema, value, path);
        return check_text(schema, value.get_ref<const std::string&>(), path);
      case Kind::kOnly:
        return check_only(schema, value, path);
      case Kind::kArray:
      case Kind::kTuple:
        return check_array(schema, value, path);
      case Kind::kMap:
        return check_map(schema, value, path);
      case Kind::kObject:
        return check_object(schema, value, path);
      case Kind::kEither:
        return check_either(schema, value, path);
    }
    return {};
  }

 private:
  std::unexpected<Error> wrong(const Schema& schema, const Json& value, const std::string& path) const {
    const std::string got =
        value.is_number() && fits(schema, value) ? value.dump() : std::string(kind_of(value));
    return fail(ErrorCode::kInvalidArgument, "{}: must be {}, not {}", path, phrase(schema, vocab_size_),
                got);
  }

  Status check_integer(const Schema& schema, int64_t low, int64_t high, const Json& value,
                       const std::string& path) const {
    const auto number = as_integer(value);
    if (number && *number >= low && *number <= high) return {};
    return wrong(schema, value, path);
  }

  Status check_text(const Schema& schema, const std::string& text, const std::string& path) const {
    if (schema.kind == Kind::kFormat) {
      if (schema.format->matches(text)) return {};
      return fail_hint(ErrorCode::kInvalidArgument, std::string(schema.format->hint), "{}: must be {}", path,
                       schema.format->expected);
    }
    if (schema.kind == Kind::kChoice) {
      if (std::ranges::find(schema.names, std::string_view(text)) != schema.names.end()) return {};
      return fail(ErrorCode::kInvalidArgument, "{}: must be {}", path, phrase(schema, vocab_size_));
    }
    const bool is_surely_short = int64_t(text.size()) <= schema.high && schema.low <= 1;
    if (is_surely_short && int64_t(text.size()) >= schema.low) return {};
    const auto length = int64_t(count_code_points(text));
    if (length >= schema.low && length <= schema.high) return {};
    return fail(ErrorCode::kInvalidArgument, "{}: must be {}, not of {}", path, phrase(schema, vocab_size_),
                length);
  }

  Status check_only(const Schema& schema, const Json& value, const std::string& path) const {
    const Json values = parsed_values(schema);
    if (std::ranges::any_of(values, [&](const Json& taken) { return is_same(taken, value); })) return {};
    return fail_hint(ErrorCode::kUnsupported,
                     values.empty() ? "leave it out" : "leave it out, or give " + dump_json(values[0]),
                     "{}: {}", path, schema.why);
  }

  static std::unexpected<Error> too_many(const std::string& path, int64_t size, std::string_view unit,
                                         int64_t limit) {
    return fail(ErrorCode::kInvalidArgument, "{}: has {} {}, the limit is {}", path, size, unit, limit);
  }

  Status check_array(const Schema& schema, const Json& value, const std::string& path) const {
    const bool is_tuple = schema.kind == Kind::kTuple;
    if (!value.is_array()) return wrong(schema, value, path);
    const auto size = int64_t(value.size());
    if (!is_tuple && size > schema.high) return too_many(path, size, "items", schema.high);
    if (is_tuple ? value.size() != schema.num_parts : size < schema.low || size > schema.high) {
      return fail(ErrorCode::kInvalidArgument, "{}: must be {}, not of {}", path, phrase(schema, vocab_size_),
                  size);
    }
    // The readers of these walk the items themselves.
    if (!is_tuple && schema.parts[0].kind == Kind::kElsewhere) return {};
    for (size_t i = 0; i < value.size(); ++i) {
      // There may be millions, of which one at most needs its path.
      const Schema& part = schema.parts[is_tuple ? i : 0];
      if (!check(part, value[i], {})) return check(part, value[i], fmt::format("{}[{}]", path, i));
      if (schema.is_unique &&
          std::find(value.begin(), value.begin() + ptrdiff_t(i), value[i]) != value.begin() + ptrdiff_t(i)) {
        return fail(ErrorCode::kInvalidArgument, "{}[{}]: names {} twice", path, i, value[i].dump());
      }
    }
    return {};
  }

  Status check_map(const Schema& schema, const Json& value, const std::string& path) const {
    if (!value.is_object()) return wrong(schema, value, path);
    if (int64_t(value.size()) > schema.high) {
      return too_many(path, int64_t(value.size()), "members", schema.high);
    }
    for (const auto& [name, member] : value.items()) {
      // A name from outside stays out of the path.
      if (auto status = check(schema.parts[1], name, path); !status) {
        return fail_hint(ErrorCode::kInvalidArgument, status.error().hint,
                         "{}: holds the name {}, which must be {}", path, quoted(name, 64),
                         phrase(schema.parts[1], vocab_size_));
      }
      TRY(check(schema.parts[0], member, path));
    }
    return {};
  }

  Status check_object(const Schema& schema, const Json& value, const std::string& path) const {
    auto reader = TRY(ParameterReader::of(value, path));
    for (const Parameter& parameter : std::span(schema.members, schema.num_members)) {
      const Json* member = reader.find(parameter.name);
      if (member == nullptr && parameter.required) TRY(reader.require(parameter.name));
      if (member != nullptr) TRY(check(parameter.schema, *member, reader.path_of(parameter.name)));
    }
    return reader.finish(false);
  }

  /// What is wrong is told by the first part that the value is of the kind of.
  Status check_either(const Schema& schema, const Json& value, const std::string& path) const {
    Status first;
    for (const Schema& part : std::span(schema.parts, schema.num_parts)) {
      if (!fits(part, value)) continue;
      Status status = check(part, value, path);
      if (status) return status;
      if (first) first = std::move(status);
    }
    return first ? Status(wrong(schema, value, path)) : first;
  }

  size_t vocab_size_;
};

}  // namespace

Status check_value(const Schema& schema, const Json& value, const std::string& path, size_t vocab_size) {
  return Checker(vocab_size).check(schema, value, path);
}

}  // namespace hearth::api
