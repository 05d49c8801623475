#pragma once

#include <optional>
#include <vector>

#include "text/jinja/value/runtime.h"

namespace hearth::jinja {

/// Hands out items once, one by one, as Python's iterators and generators do. What a filter like `map` makes:
/// work is done when an item is asked for, and it is always true.
class IteratorObject : public Object {
 public:
  IteratorObject() : Object(Type::kIterator) {}

  /// The next item; nothing at the end, from then on.
  virtual Result<std::optional<Value>> next(Runtime& runtime) = 0;
};

/// Starts iterating over a value. Error: kInvalidArgument for what cannot be iterated over.
Result<Ref<IteratorObject>> iterate(Runtime& runtime, const Value& value);

/// An iterator over given items.
Ref<IteratorObject> iterate_items(Runtime& runtime, std::vector<Value> items);

/// Whether iterate() would work.
bool is_iterable(const Value& value);

/// All (remaining) items.
Result<std::vector<Value>> to_items(Runtime& runtime, const Value& value);

/// reversed(): error for what has no order, such as a generator.
Result<std::vector<Value>> reversed_items(Runtime& runtime, const Value& value);

/// len(). Errors: kInvalidArgument for what has none.
Result<int64_t> length_of(Runtime& runtime, const Value& value);

/// A code point of a string as a string.
Result<Value> point_at(Runtime& runtime, const StringObject& string, size_t begin, size_t end);

}  // namespace hearth::jinja
