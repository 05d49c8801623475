#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/value/value.h"

namespace hearth::jinja {

/// A string that does not change, with what makes it quick to index by code points.
class StringObject final : public Object {
 public:
  explicit StringObject(OriginString text, bool is_markup = false)
      : Object(Type::kString), text_(std::move(text)), is_markup_(is_markup) {}

  const OriginString& text() const { return text_; }
  /// Whether it counts as HTML (the filters `safe` and `escape`): joined with other strings, it escapes them.
  bool is_markup() const { return is_markup_; }

  /// Code points; a byte that is no UTF-8 counts as one.
  size_t num_points() const;
  /// The byte at which code point `index` starts; the size for an index at or past the end.
  size_t offset_of_point(size_t index) const;

 private:
  void build_index() const;

  OriginString text_;
  bool is_markup_;
  mutable bool indexed_ = false;
  mutable size_t num_points_ = 0;
  mutable std::vector<size_t> offsets_;  ///< of every kPointsPerEntry-th code point; empty for ASCII
};

/// A list or a tuple. Does not change once a template sees it.
class SequenceObject final : public Object {
 public:
  SequenceObject(Type type, std::vector<Value> values, Origin marks = Origin::kTemplate)
      : Object(type), items(std::move(values)), origin(marks) {}

  const std::vector<Value> items;
  const Origin origin;
  bool is_group = false;  ///< a pair of `groupby`, whose parts have names: grouper, list
};

/// Python's order of a dict's keys and its idea of which keys are the same (1, 1.0 and True are).
/// Negative, 0 or positive. REQUIRES: both hashable.
int compare_keys(const Value& a, const Value& b);

/// Error: kInvalidArgument for a value that cannot be a key: a list, a dict, or a tuple holding one.
Status check_hashable(const Value& key);

/// A mapping that keeps the order of insertion. Keys are hashable.
class Dict {
 public:
  struct Entry {
    Value key, value;
  };

  const std::vector<Entry>& entries() const { return entries_; }
  size_t size() const { return entries_.size(); }

  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const;

  /// Adds, or replaces the value under an equal key.
  void set(Value key, Value value);

  /// Adds many entries, in whose order the last value of a key wins and its first place stays.
  void reserve(size_t num_entries) { entries_.reserve(num_entries); }
  void append(Value key, Value value) {
    entries_.push_back({std::move(key), std::move(value)});
    order_.clear();
  }
  void finish();

  size_t heap_size() const { return entries_.capacity() * (sizeof(Entry) + sizeof(uint32_t)); }
  void clear();

 private:
  const std::vector<uint32_t>& order() const;
  template <typename Compare>
  const Value* find_by(Compare compare) const;

  std::vector<Entry> entries_;
  mutable std::vector<uint32_t> order_;  ///< entries by key, once there are many and one was looked for
};

/// A dict that does not change once a template sees it.
class DictObject final : public Object {
 public:
  explicit DictObject(Dict dict, Origin marks = Origin::kTemplate)
      : Object(Type::kDict), entries(std::move(dict)), origin(marks) {}

  const Dict entries;
  const Origin origin;
};

/// keys(), values() or items() of a dict.
class ViewObject final : public Object {
 public:
  enum class Kind : uint8_t { kKeys, kValues, kItems };

  ViewObject(Ref<DictObject> viewed, Kind what) : Object(Type::kView), dict(std::move(viewed)), kind(what) {}

  const Ref<DictObject> dict;
  const Kind kind;
};

/// range(start, stop, step).
class RangeObject final : public Object {
 public:
  RangeObject(int64_t from, int64_t to, int64_t by, Origin numbers);

  /// The number at an index within [0, length).
  int64_t at(int64_t index) const { return int64_t(Wide(start) + Wide(index) * step); }

  const int64_t start, stop, step;
  const Origin origin;  ///< of the numbers
  int64_t length;
};

/// A value that a template can write to: {% set ns.x = 1 %}.
class NamespaceObject final : public Object {
 public:
  explicit NamespaceObject(Dict values) : Object(Type::kNamespace), attributes(std::move(values)) {}
  void break_cycles() override { attributes.clear(); }

  Dict attributes;
};

/// An undefined value that knows what was missing.
class UndefinedObject final : public Object {
 public:
  enum class Kind : uint8_t {
    kName,       ///< no variable of that name
    kAttribute,  ///< no such attribute or key
    kElement,    ///< no such element
    kHint,       ///< `name` says it all
    kUnsafe,     ///< exists in Python, but a template may not have it
  };

  UndefinedObject(Kind what, std::string missing, Type of = Type::kNone)
      : Object(Type::kUndefined), kind(what), name(std::move(missing)), holder(of) {}

  std::string message() const;

  const Kind kind;
  const std::string name;
  const Type holder;
};

/// cycler('a', 'b').
class CyclerObject final : public Object {
 public:
  explicit CyclerObject(std::vector<Value> values) : Object(Type::kCycler), items(std::move(values)) {}

  const std::vector<Value> items;
  size_t position = 0;
};

/// joiner(', '): empty when first called.
class JoinerObject final : public Object {
 public:
  explicit JoinerObject(Value text) : Object(Type::kJoiner), separator(std::move(text)) {}

  const Value separator;
  bool used = false;
};

/// Python's name of the type: "str", "list".
std::string_view type_name(const Value& value);
std::string_view type_name(Type type);

}  // namespace hearth::jinja
