#pragma once

#include <algorithm>
#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/value/containers.h"

namespace hearth::jinja {

/// What every operation of one rendering works in: its memory, its limits, its clock.
class Runtime {
 public:
  explicit Runtime(const JinjaLimits& limits, std::function<std::tm()> local_time = {})
      : meter_(limits), heap_(meter_), local_time_(std::move(local_time)) {}

  Meter& meter() { return meter_; }
  Heap& heap() { return heap_; }
  const JinjaLimits& limits() const { return meter_.limits(); }

  Status spend(uint64_t steps) { return meter_.spend(steps); }

  /// New values. Errors: kResourceLimit.
  Result<Value> string(OriginString text, bool is_markup = false);
  Result<Value> string(std::string_view text, Origin origin = Origin::kTemplate);
  Result<Value> list(std::vector<Value> items, Origin marks = Origin::kTemplate);
  Result<Value> tuple(std::vector<Value> items);
  Result<Value> dict(Dict entries, Origin marks = Origin::kTemplate);
  /// A namespace's size changed.
  void recharge(NamespaceObject& object);

  Value undefined(UndefinedObject::Kind kind, std::string_view name, Type holder = Type::kNone);

  /// The local time of this rendering. Error: kUnsupported without a clock.
  Result<std::tm> local_time();

  /// Whether the template itself raised the error: its message stands alone.
  bool raised = false;

  /// How deep the C++ stack may get in work that follows the nesting of a template: a level of the template
  /// (a block, a macro call) takes several levels of evaluation.
  int max_stack_depth() const { return limits().max_depth * kStackPerLevel; }

 private:
  friend class StackScope;
  static constexpr int kStackPerLevel = 20;

  Meter meter_;
  Heap heap_;
  std::function<std::tm()> local_time_;
  std::optional<std::tm> now_;
  int stack_depth_ = 0;
};

/// One level of the C++ stack, for as long as it lives.
class StackScope {
 public:
  explicit StackScope(Runtime& runtime) : runtime_(runtime) { ++runtime_.stack_depth_; }
  ~StackScope() { --runtime_.stack_depth_; }
  StackScope(const StackScope&) = delete;
  StackScope& operator=(const StackScope&) = delete;

  /// Error: kResourceLimit where the stack is too deep. To be asked before going deeper.
  Status check() const {
    if (runtime_.stack_depth_ > runtime_.max_stack_depth()) [[unlikely]]
      return too_deep("the template's evaluation is", runtime_.max_stack_depth());
    return {};
  }

 private:
  Runtime& runtime_;
};

/// Bytes that something in the making takes, charged to the meter while it lives.
class Charge {
 public:
  explicit Charge(Meter& meter) : meter_(meter) {}
  ~Charge() { meter_.shrink(bytes_); }
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;

  void set(size_t num_bytes) {
    if (num_bytes == bytes_) return;
    meter_.shrink(bytes_);
    meter_.grow(num_bytes);
    bytes_ = num_bytes;
  }

 private:
  Meter& meter_;
  size_t bytes_ = 0;
};

/// A list in the making: each item is a step, and memory is asked for before it is taken.
class ListBuilder {
 public:
  explicit ListBuilder(Runtime& runtime) : runtime_(runtime), charge_(runtime.meter()) {}

  Status push(Value item) {
    TRY(runtime_.spend(1));
    if (items_.size() == items_.capacity()) TRY(reserve(items_.size() * 2 + kFirstSize));
    items_.push_back(std::move(item));
    return {};
  }
  Status reserve(size_t num_items) {
    TRY(runtime_.meter().check_room((items_.capacity() + num_items) * sizeof(Value)));
    items_.reserve(num_items);
    charge_.set(items_.capacity() * sizeof(Value));
    return {};
  }
  size_t size() const { return items_.size(); }
  std::vector<Value> take() {
    charge_.set(0);
    return std::move(items_);
  }

 private:
  static constexpr size_t kFirstSize = 4;

  Runtime& runtime_;
  Charge charge_;
  std::vector<Value> items_;
};

/// A string in the making: bytes are counted, and memory is asked for before it is taken.
class TextBuilder {
 public:
  explicit TextBuilder(Runtime& runtime) : runtime_(runtime), charge_(runtime.meter()) {}

  Status append(std::string_view bytes, Origin origin) {
    TRY(admit(bytes.size()));
    text_.append(bytes, origin);
    charge_.set(text_.heap_size());
    return {};
  }
  Status append(const OriginString& other) { return append(other, 0, other.size()); }
  Status append(const OriginString& other, size_t begin, size_t end) {
    TRY(admit(end - begin));
    text_.append(other, begin, end);
    charge_.set(text_.heap_size());
    return {};
  }
  /// `count` times `bytes`.
  Status append_repeated(size_t count, std::string_view bytes, Origin origin);

  size_t size() const { return text_.size(); }
  const OriginString& text() const { return text_; }
  OriginString take() {
    charge_.set(0);
    return std::move(text_);
  }

 private:
  Status admit(size_t num_bytes) {
    unpaid_ += num_bytes + kOverhead;
    TRY(runtime_.meter().spend_copy(unpaid_));
    unpaid_ %= Meter::kCopyBytesPerStep;
    const size_t size = text_.size() + num_bytes, capacity = text_.text().capacity();
    TRY(runtime_.meter().check_string(size));
    // A string that grows is there twice for a moment.
    return size > capacity ? runtime_.meter().check_room(std::max(2 * capacity, size)) : Status();
  }

  static constexpr size_t kOverhead = 32;  ///< so that many small pieces cost something

  Runtime& runtime_;
  Charge charge_;
  size_t unpaid_ = 0;
  OriginString text_;
};

}  // namespace hearth::jinja
