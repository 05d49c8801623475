#include "text/jinja/value/loop.h"

#include "text/jinja/value/operators.h"

namespace hearth::jinja {

void LoopObject::break_cycles() {
  before_.reset();
  current_.reset();
  after_.reset();
  last_changed_.reset();
  iterable_ = Value();
  iterator_ = {};
  recursion_.enclosing = {};
}

Result<std::optional<Value>> LoopObject::advance(Runtime& runtime) {
  std::optional<Value> item = std::exchange(after_, std::nullopt);
  if (!item) item = TRY(iterator_->next(runtime));
  if (!item) return std::nullopt;
  ++index0_;
  before_ = std::move(current_);
  current_ = item;
  return item;
}

Result<bool> LoopObject::has_next(Runtime& runtime) {
  if (!after_) after_ = TRY(iterator_->next(runtime));
  return after_.has_value();
}

Result<int64_t> LoopObject::length(Runtime& runtime) {
  if (length_) return *length_;
  if (!iterable_.is(Type::kIterator)) {
    length_ = TRY(length_of(runtime, iterable_));
    return *length_;
  }
  std::vector<Value> rest = TRY(to_items(runtime, iterator_));
  length_ = int64_t(rest.size()) + index0_ + 1 + (after_.has_value() ? 1 : 0);
  iterator_ = iterate_items(runtime, std::move(rest));
  return *length_;
}

Result<std::optional<Value>> LoopObject::attribute(Runtime& runtime, std::string_view name) {
  using enum UndefinedObject::Kind;
  if (name == "index") return Value::integer(index0_ + 1);
  if (name == "index0") return Value::integer(index0_);
  if (name == "first") return Value::boolean(index0_ == 0);
  if (name == "last") return Value::boolean(!TRY(has_next(runtime)));
  if (name == "length") return Value::integer(TRY(length(runtime)));
  if (name == "revindex") return Value::integer(TRY(length(runtime)) - index0_);
  if (name == "revindex0") return Value::integer(TRY(length(runtime)) - index0_ - 1);
  if (name == "depth") return Value::integer(depth0_ + 1);
  if (name == "depth0") return Value::integer(depth0_);
  if (name == "previtem") {
    return index0_ > 0 && before_ ? *before_ : runtime.undefined(kHint, "there is no previous item");
  }
  if (name == "nextitem") {
    return TRY(has_next(runtime)) ? *after_ : runtime.undefined(kHint, "there is no next item");
  }
  return std::nullopt;
}

Result<Value> LoopObject::cycle(const std::vector<Value>& values) const {
  if (values.empty()) return fail(ErrorCode::kInvalidArgument, "no items for cycling given");
  // Before the first item the index is -1, which in Python is the last item.
  const auto count = int64_t(values.size());
  return values[size_t((index0_ % count + count) % count)];
}

Result<Value> LoopObject::changed(Runtime& runtime, std::vector<Value> values) {
  Value now = TRY(runtime.tuple(std::move(values)));
  if (last_changed_ && TRY(equal(runtime, *last_changed_, now))) return Value::boolean(false);
  last_changed_ = std::move(now);
  return Value::boolean(true);
}

}  // namespace hearth::jinja
