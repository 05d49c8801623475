#include "text/jinja/value/runtime.h"

#include "base/check.h"

namespace hearth::jinja {

Result<Value> Runtime::string(OriginString text, bool is_markup) {
  TRY(meter_.check_string(text.size()));
  TRY(meter_.check_room(text.heap_size()));
  const size_t size = sizeof(StringObject) + text.heap_size();
  Ref<StringObject> object = heap_.make<StringObject>(std::move(text), is_markup);
  heap_.recharge(*object, size);
  return Value(std::move(object));
}

Result<Value> Runtime::string(std::string_view text, Origin origin) {
  return string(OriginString(std::string(text), origin));
}

Result<Value> Runtime::list(std::vector<Value> items, Origin marks) {
  const size_t size = sizeof(SequenceObject) + items.capacity() * sizeof(Value);
  TRY(meter_.check_room(size));
  Ref<SequenceObject> object = heap_.make<SequenceObject>(Type::kList, std::move(items), marks);
  heap_.recharge(*object, size);
  return Value(std::move(object));
}

Result<Value> Runtime::tuple(std::vector<Value> items) {
  const size_t size = sizeof(SequenceObject) + items.capacity() * sizeof(Value);
  TRY(meter_.check_room(size));
  Ref<SequenceObject> object = heap_.make<SequenceObject>(Type::kTuple, std::move(items));
  heap_.recharge(*object, size);
  return Value(std::move(object));
}

Result<Value> Runtime::dict(Dict entries, Origin marks) {
  const size_t size = sizeof(DictObject) + entries.heap_size();
  TRY(meter_.check_room(size));
  Ref<DictObject> object = heap_.make<DictObject>(std::move(entries), marks);
  heap_.recharge(*object, size);
  return Value(std::move(object));
}

void Runtime::recharge(NamespaceObject& object) {
  heap_.recharge(object, sizeof(NamespaceObject) + object.attributes.heap_size());
}

Value Runtime::undefined(UndefinedObject::Kind kind, std::string_view name, Type holder) {
  return heap_.make<UndefinedObject>(kind, std::string(name), holder);
}

Result<std::tm> Runtime::local_time() {
  if (!now_) {
    if (!local_time_)
      return fail(ErrorCode::kUnsupported, "strftime_now() was called, but no clock is given");
    now_ = local_time_();
    const bool valid = now_->tm_wday >= 0 && now_->tm_wday < 7 && now_->tm_mon >= 0 && now_->tm_mon < 12;
    CHECK(valid);
  }
  return *now_;
}

Status TextBuilder::append_repeated(size_t count, std::string_view bytes, Origin origin) {
  if (bytes.empty()) return {};
  const size_t limit = runtime_.limits().max_output;
  if (count > limit / bytes.size()) return runtime_.meter().check_string(limit + 1);
  TRY(admit(count * bytes.size()));
  if (bytes.size() == 1) {
    text_.append_fill(count, bytes[0], origin);
  } else {
    for (size_t i = 0; i < count; ++i) text_.append(bytes, origin);
  }
  charge_.set(text_.heap_size());
  return {};
}

}  // namespace hearth::jinja
