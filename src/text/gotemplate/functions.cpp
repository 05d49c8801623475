#include "text/gotemplate/functions.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "text/jinja/library/html.h"
#include "text/jinja/value/operators.h"

namespace hearth::gotemplate {
namespace {

using jinja::TextBuilder;
using jinja::Type;
using Arguments = std::span<const Value>;
using Function = Result<Value> (*)(Runtime& runtime, Arguments arguments);

std::unexpected<Error> wrong(std::string_view what) { return fail(ErrorCode::kInvalidArgument, "{}", what); }

Result<int64_t> length_of(const Value& value) {
  if (value.is_string()) return int64_t(value.text().size());
  if (value.is_sequence()) return int64_t(value.sequence().items.size());
  if (value.is_dict()) return int64_t(value.dict().entries.size());
  if (value.is_none()) return 0;
  return wrong("len of what has no length");
}

Result<Value> len(Runtime&, Arguments arguments) {
  if (arguments.size() != 1) return wrong("len takes one argument");
  return Value::integer(TRY(length_of(arguments[0])));
}

Result<Value> not_(Runtime&, Arguments arguments) {
  if (arguments.size() != 1) return wrong("not takes one argument");
  return Value::boolean(!is_true(arguments[0]));
}

/// An index within [0, limit].
Result<size_t> index_within(const Value& value, int64_t limit) {
  if (!value.is(Type::kInt)) return wrong("an index that is no whole number");
  const int64_t index = value.as_int64();
  if (index < 0 || index > limit) return wrong("an index out of range");
  return size_t(index);
}

Result<Value> index(Runtime& runtime, Arguments arguments) {
  if (arguments.empty()) return wrong("index takes a value and its indices");
  Value value = arguments[0];
  for (const Value& key : arguments.subspan(1)) {
    if (value.is_dict()) {
      if (!key.is_string()) return wrong("index of an object by something that is no text");
      const Value* member = value.dict().entries.find(key.text());
      value = member != nullptr ? *member : Value();
    } else if (value.is_sequence()) {
      const auto& items = value.sequence().items;
      value = items[TRY(index_within(key, int64_t(items.size()) - 1))];
    } else if (value.is_string()) {
      const std::string& text = value.text();
      const size_t at = TRY(index_within(key, int64_t(text.size()) - 1));
      value = Value::integer(uint8_t(text[at]), value.string().text().origin_at(at));
    } else {
      return wrong("index of what has no elements");
    }
  }
  TRY(runtime.spend(1));
  return value;
}

Result<Value> slice(Runtime& runtime, Arguments arguments) {
  if (arguments.empty() || arguments.size() > 3) return wrong("slice takes a value, a begin and an end");
  const Value& value = arguments[0];
  if (!value.is_string() && !value.is_sequence()) return wrong("slice of what has no order");
  const int64_t size = TRY(length_of(value));
  const size_t begin = arguments.size() > 1 ? TRY(index_within(arguments[1], size)) : 0;
  const size_t end = arguments.size() > 2 ? TRY(index_within(arguments[2], size)) : size_t(size);
  if (begin > end) return wrong("slice whose end lies before its begin");
  if (value.is_string()) return runtime.string(value.string().text().slice(begin, end));
  const auto& items = value.sequence().items;
  TRY(runtime.spend(end - begin));
  TRY(runtime.meter().check_room((end - begin) * sizeof(Value)));
  return runtime.list({items.begin() + ptrdiff_t(begin), items.begin() + ptrdiff_t(end)}, value.origin());
}

bool equal_kinds(const Value& a, const Value& b) {
  return (a.is_string() && b.is_string()) || (a.is_number() && b.is_number()) || a.type() == b.type();
}

Result<Value> eq(Runtime& runtime, Arguments arguments) {
  if (arguments.size() < 2) return wrong("eq takes two arguments or more");
  for (const Value& other : arguments.subspan(1)) {
    if (equal_kinds(arguments[0], other) && TRY(jinja::equal(runtime, arguments[0], other)))
      return Value::boolean(true);
  }
  return Value::boolean(false);
}

Result<Value> ne(Runtime& runtime, Arguments arguments) {
  if (arguments.size() != 2) return wrong("ne takes two arguments");
  return Value::boolean(!TRY(eq(runtime, arguments)).as_bool());
}

template <jinja::CompareOp kOp>
Result<Value> ordered(Runtime& runtime, Arguments arguments) {
  if (arguments.size() != 2) return wrong("a comparison takes two arguments");
  const Value &a = arguments[0], &b = arguments[1];
  const bool comparable = (a.is_string() && b.is_string()) || (a.is_number() && b.is_number());
  if (!comparable) return wrong("a comparison of values that have no order");
  return Value::boolean(TRY(jinja::compare(runtime, kOp, a, b)));
}

/// fmt.Sprint puts a space between two operands neither of which is a string; Sprintln between all.
Result<Value> joined(Runtime& runtime, Arguments arguments, bool lines) {
  TextBuilder out(runtime);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool spaced = i > 0 && (lines || (!arguments[i].is_string() && !arguments[i - 1].is_string()));
    if (spaced) TRY(out.append(" ", Origin::kTemplate));
    TRY(print(runtime, out, arguments[i]));
  }
  if (lines) TRY(out.append("\n", Origin::kTemplate));
  return runtime.string(out.take());
}

Result<Value> print_(Runtime& runtime, Arguments arguments) { return joined(runtime, arguments, false); }
Result<Value> println(Runtime& runtime, Arguments arguments) { return joined(runtime, arguments, true); }

Result<Value> json(Runtime& runtime, Arguments arguments) {
  if (arguments.size() != 1) return wrong("json takes one argument");
  TextBuilder out(runtime);
  TRY(append_go_json(runtime, out, arguments[0]));
  return runtime.string(out.take());
}

Result<Value> html(Runtime& runtime, Arguments arguments) {
  const Value text = TRY(joined(runtime, arguments, false));
  TextBuilder out(runtime);
  TRY(jinja::append_escaped(out, text.string().text()));
  return runtime.string(out.take());
}

Result<Value> urlquery(Runtime& runtime, Arguments arguments) {
  const Value text = TRY(joined(runtime, arguments, false));
  TextBuilder out(runtime);
  TRY(jinja::append_url_quoted(out, text.string().text(), false, true));
  return runtime.string(out.take());
}

Result<Value> date(Runtime& runtime, int days_ago) {
  std::tm time = TRY(runtime.local_time());
  time.tm_mday -= days_ago;
  time.tm_hour = 12;  // no change of summer time moves the day
  time.tm_isdst = -1;
  std::mktime(&time);
  return runtime.string(fmt::format("{:04}-{:02}-{:02}", time.tm_year + 1900, time.tm_mon + 1, time.tm_mday));
}

Result<Value> current_date(Runtime& runtime, Arguments) { return date(runtime, 0); }
Result<Value> yesterday_date(Runtime& runtime, Arguments) { return date(runtime, 1); }

Result<Value> typescript(Runtime& runtime, Arguments arguments) {
  if (arguments.size() != 1) return wrong("toTypeScriptType takes one argument");
  if (!arguments[0].is_dict()) return runtime.string("any");
  return field_of(runtime, arguments[0], "ToTypeScriptType");
}

struct Entry {
  std::string_view name;
  Function function;
};

using jinja::CompareOp;
constexpr std::array kFunctions = std::to_array<Entry>({
    {"and", nullptr},  // the evaluator's
    {"currentDate", current_date},
    {"eq", eq},
    {"ge", ordered<CompareOp::kGreaterEqual>},
    {"gt", ordered<CompareOp::kGreater>},
    {"html", html},
    {"index", index},
    {"json", json},
    {"le", ordered<CompareOp::kLessEqual>},
    {"len", len},
    {"lt", ordered<CompareOp::kLess>},
    {"ne", ne},
    {"not", not_},
    {"or", nullptr},
    {"print", print_},
    {"printf", format_go},
    {"println", println},
    {"slice", slice},
    {"toTypeScriptType", typescript},
    {"urlquery", urlquery},
    {"yesterdayDate", yesterday_date},
});

}  // namespace

bool is_function(std::string_view name) {
  return std::ranges::find(kFunctions, name, &Entry::name) != kFunctions.end();
}

Result<Value> call_function(Runtime& runtime, std::string_view name, Arguments arguments) {
  const auto entry = std::ranges::find(kFunctions, name, &Entry::name);
  if (entry == kFunctions.end() || entry->function == nullptr)
    return wrong(fmt::format("the function {} needs arguments", name));
  return entry->function(runtime, arguments);
}

bool is_true(const Value& value) {
  switch (value.type()) {
    case Type::kNone:
    case Type::kUndefined:
      return false;
    case Type::kFloat:
      return value.as_double() != 0;
    case Type::kString:
      return !value.text().empty();
    case Type::kList:
    case Type::kTuple:
      return !value.sequence().items.empty();
    case Type::kDict:
      return value.dict().entries.size() > 0;
    default:
      return value.as_bool();
  }
}

}  // namespace hearth::gotemplate
