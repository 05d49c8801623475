#pragma once

#include <optional>

#include "text/jinja/value/iterator.h"

namespace hearth::jinja {

struct ForStatement;

/// The variable `loop` of a for loop, and the loop's iteration itself: it looks one item ahead where asked.
class LoopObject final : public Object {
 public:
  /// What calling a recursive loop runs: the statement, null for another loop, and the variables around it.
  struct Recursion {
    const ForStatement* statement = nullptr;
    Ref<Object> enclosing = {};
  };

  LoopObject(Value iterable, Ref<IteratorObject> iterator, Recursion recursion, int depth0)
      : Object(Type::kLoop),
        iterable_(std::move(iterable)),
        iterator_(std::move(iterator)),
        recursion_(std::move(recursion)),
        depth0_(depth0) {}

  void break_cycles() override;

  /// Steps to the next item; nothing at the end.
  Result<std::optional<Value>> advance(Runtime& runtime);

  Result<int64_t> length(Runtime& runtime);
  /// The attribute of that name, or nothing. Methods are not attributes here.
  Result<std::optional<Value>> attribute(Runtime& runtime, std::string_view name);

  Result<Value> cycle(const std::vector<Value>& values) const;
  Result<Value> changed(Runtime& runtime, std::vector<Value> values);

  int64_t index0() const { return index0_; }
  const Recursion& recursion() const { return recursion_; }
  int depth() const { return depth0_ + 1; }

 private:
  Result<bool> has_next(Runtime& runtime);

  Value iterable_;
  Ref<IteratorObject> iterator_;
  Recursion recursion_;
  const int depth0_;
  int64_t index0_ = -1;
  std::optional<int64_t> length_;
  std::optional<Value> before_, current_, after_;
  std::optional<Value> last_changed_;  ///< the values of the last call of changed(), as a tuple
};

}  // namespace hearth::jinja
