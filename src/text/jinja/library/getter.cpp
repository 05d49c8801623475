#include "text/jinja/library/getter.h"

#include <algorithm>
#include <charconv>

#include "text/jinja/library/attributes.h"
#include "text/jinja/library/text_ops.h"

namespace hearth::jinja {

namespace {

/// A part of a path as a key: digits are an index.
Result<Value> path_key(Runtime& runtime, std::string_view part) {
  const bool digits = !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  int64_t index = 0;
  if (digits && std::from_chars(part.data(), part.data() + part.size(), index).ec == std::errc()) {
    return Value::integer(index);
  }
  return runtime.string(part);
}

}  // namespace

Result<Value> AttributeGetter::follow(Runtime& runtime, Value item, std::string_view path) const {
  while (true) {
    TRY(runtime.spend(1));
    const size_t end = std::min(path.find('.'), path.size());
    item = TRY(subscript(runtime, item, TRY(path_key(runtime, path.substr(0, end)))));
    if (item.is_undefined() && otherwise_) item = *otherwise_;
    if (end == path.size()) return item;
    path.remove_prefix(end + 1);
  }
}

Result<Value> AttributeGetter::finish(Runtime& runtime, Value value) const {
  if (!ignore_case_ || !value.is_string()) return value;
  return runtime.string(TRY(change_case(runtime, value.string().text(), CaseChange::kLower)));
}

Result<Value> AttributeGetter::get(Runtime& runtime, const Value& item) const {
  if (!attribute_) return finish(runtime, item);
  if (attribute_->is_string()) return finish(runtime, TRY(follow(runtime, item, attribute_->text())));
  Value value = TRY(subscript(runtime, item, *attribute_));
  if (value.is_undefined() && otherwise_) value = *otherwise_;
  return finish(runtime, std::move(value));
}

Result<Value> AttributeGetter::get_all(Runtime& runtime, const Value& item) const {
  std::vector<Value> values;
  if (!attribute_ || !attribute_->is_string()) {
    values.push_back(TRY(get(runtime, item)));
    return runtime.tuple(std::move(values));
  }
  std::string_view paths = attribute_->text();
  while (true) {
    const size_t end = std::min(paths.find(','), paths.size());
    values.push_back(TRY(finish(runtime, TRY(follow(runtime, item, paths.substr(0, end))))));
    if (end == paths.size()) return runtime.tuple(std::move(values));
    paths.remove_prefix(end + 1);
  }
}

}  // namespace hearth::jinja
