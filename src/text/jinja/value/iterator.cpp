#include "text/jinja/value/iterator.h"

#include <algorithm>

#include "text/jinja/value/loop.h"
#include "text/unicode/utf8.h"

namespace hearth::jinja {

namespace {

class ItemsIterator final : public IteratorObject {
 public:
  explicit ItemsIterator(std::vector<Value> items) : items_(std::move(items)) {}
  Result<std::optional<Value>> next(Runtime&) override {
    if (index_ == items_.size()) return std::nullopt;
    return std::move(items_[index_++]);
  }

 private:
  std::vector<Value> items_;
  size_t index_ = 0;
};

class SequenceIterator final : public IteratorObject {
 public:
  explicit SequenceIterator(Ref<SequenceObject> sequence) : sequence_(std::move(sequence)) {}
  Result<std::optional<Value>> next(Runtime&) override {
    if (index_ == sequence_->items.size()) return std::nullopt;
    return sequence_->items[index_++];
  }

 private:
  Ref<SequenceObject> sequence_;
  size_t index_ = 0;
};

class StringIterator final : public IteratorObject {
 public:
  explicit StringIterator(Ref<StringObject> string) : string_(std::move(string)) {}
  Result<std::optional<Value>> next(Runtime& runtime) override {
    const std::string_view text = string_->text().view();
    if (offset_ >= text.size()) return std::nullopt;
    const size_t begin = offset_;
    offset_ += next_utf8(text.substr(begin)).size;
    return TRY(runtime.string(string_->text().slice(begin, offset_)));  // not HTML even if all of it is
  }

 private:
  Ref<StringObject> string_;
  size_t offset_ = 0;
};

class ViewIterator final : public IteratorObject {
 public:
  ViewIterator(Ref<DictObject> dict, ViewObject::Kind kind) : dict_(std::move(dict)), kind_(kind) {}
  Result<std::optional<Value>> next(Runtime& runtime) override {
    const auto& entries = dict_->entries.entries();
    if (index_ == entries.size()) return std::nullopt;
    const Dict::Entry& entry = entries[index_++];
    if (kind_ == ViewObject::Kind::kKeys) return entry.key;
    if (kind_ == ViewObject::Kind::kValues) return entry.value;
    return TRY(runtime.tuple({entry.key, entry.value}));
  }

 private:
  Ref<DictObject> dict_;
  ViewObject::Kind kind_;
  size_t index_ = 0;
};

class RangeIterator final : public IteratorObject {
 public:
  explicit RangeIterator(Ref<RangeObject> range) : range_(std::move(range)) {}
  Result<std::optional<Value>> next(Runtime&) override {
    if (index_ == range_->length) return std::nullopt;
    return Value::integer(range_->at(index_++), range_->origin);
  }

 private:
  Ref<RangeObject> range_;
  int64_t index_ = 0;
};

/// A loop object as its own iterable: pairs of the next item and the loop.
class LoopIterator final : public IteratorObject {
 public:
  explicit LoopIterator(Ref<LoopObject> loop) : loop_(std::move(loop)) {}
  Result<std::optional<Value>> next(Runtime& runtime) override {
    std::optional<Value> item = TRY(loop_->advance(runtime));
    if (!item) return std::nullopt;
    return TRY(runtime.tuple({std::move(*item), loop_}));
  }

 private:
  Ref<LoopObject> loop_;
};

}  // namespace

Result<Value> point_at(Runtime& runtime, const StringObject& string, size_t begin, size_t end) {
  return runtime.string(string.text().slice(begin, end), string.is_markup());
}

Ref<IteratorObject> iterate_items(Runtime& runtime, std::vector<Value> items) {
  const size_t size = sizeof(ItemsIterator) + items.capacity() * sizeof(Value);
  Ref<IteratorObject> iterator = runtime.heap().make<ItemsIterator>(std::move(items));
  runtime.heap().recharge(*iterator, size);
  return iterator;
}

bool is_iterable(const Value& value) {
  switch (value.type()) {
    case Type::kString:
    case Type::kList:
    case Type::kTuple:
    case Type::kDict:
    case Type::kView:
    case Type::kRange:
    case Type::kIterator:
    case Type::kUndefined:
    case Type::kLoop:
      return true;
    default:
      return false;
  }
}

Result<Ref<IteratorObject>> iterate(Runtime& runtime, const Value& value) {
  Heap& heap = runtime.heap();
  switch (value.type()) {
    case Type::kString:
      return heap.make<StringIterator>(value.ref<StringObject>());
    case Type::kList:
    case Type::kTuple:
      return heap.make<SequenceIterator>(value.ref<SequenceObject>());
    case Type::kDict:
      return heap.make<ViewIterator>(value.ref<DictObject>(), ViewObject::Kind::kKeys);
    case Type::kView: {
      const auto& view = value.object<ViewObject>();
      return heap.make<ViewIterator>(view.dict, view.kind);
    }
    case Type::kRange:
      return heap.make<RangeIterator>(value.ref<RangeObject>());
    case Type::kIterator:
      return value.ref<IteratorObject>();
    case Type::kLoop:
      return heap.make<LoopIterator>(value.ref<LoopObject>());
    case Type::kUndefined:
      return iterate_items(runtime, {});
    default:
      return fail(ErrorCode::kInvalidArgument, "'{}' object is not iterable", type_name(value));
  }
}

Result<std::vector<Value>> to_items(Runtime& runtime, const Value& value) {
  ListBuilder items(runtime);
  if (value.is_sequence()) {
    const auto& from = value.sequence().items;
    TRY(runtime.spend(from.size()));
    TRY(items.reserve(from.size()));
    std::vector<Value> copy = items.take();
    copy.insert(copy.end(), from.begin(), from.end());
    return copy;
  }
  const Ref<IteratorObject> iterator = TRY(iterate(runtime, value));
  while (std::optional<Value> item = TRY(iterator->next(runtime))) TRY(items.push(std::move(*item)));
  return items.take();
}

Result<std::vector<Value>> reversed_items(Runtime& runtime, const Value& value) {
  switch (value.type()) {
    case Type::kString:
    case Type::kList:
    case Type::kTuple:
    case Type::kDict:
    case Type::kView:
    case Type::kUndefined:
    case Type::kRange:
      break;
    default:
      return fail(ErrorCode::kInvalidArgument, "'{}' object is not reversible", type_name(value));
  }
  std::vector<Value> items = TRY(to_items(runtime, value));
  std::ranges::reverse(items);
  return items;
}

Result<int64_t> length_of(Runtime& runtime, const Value& value) {
  switch (value.type()) {
    case Type::kString:
      return int64_t(value.string().num_points());
    case Type::kList:
    case Type::kTuple:
      return int64_t(value.sequence().items.size());
    case Type::kDict:
      return int64_t(value.dict().entries.size());
    case Type::kView:
      return int64_t(value.object<ViewObject>().dict->entries.size());
    case Type::kRange:
      return value.object<RangeObject>().length;
    case Type::kUndefined:
      return 0;
    case Type::kLoop:
      return value.object<LoopObject>().length(runtime);
    default:
      return fail(ErrorCode::kInvalidArgument, "object of type '{}' has no len()", type_name(value));
  }
}

}  // namespace hearth::jinja
