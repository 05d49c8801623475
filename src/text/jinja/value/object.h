#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "text/jinja/value/meter.h"

namespace hearth::jinja {

/// What a value is; those from kString on may live in an Object.
enum class Type : uint8_t {
  kNone,
  kBool,
  kInt,
  kFloat,
  kUndefined,
  kString,
  kList,
  kTuple,
  kDict,
  kView,
  kRange,
  kIterator,
  kNamespace,
  kFunction,
  kMacro,
  kLoop,
  kCycler,
  kJoiner,
  kScope,  ///< the variables of a function: never a value of a template
};

class Heap;

/// Something that values share, counted by reference. Belongs to the one Heap that made it.
class Object {
 public:
  explicit Object(Type type) : type_(type) {}
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object() = default;

  Type type() const { return type_; }
  Heap& heap() const { return *heap_; }

  /// Drops the references that may lead back here. Called when the rendering ends.
  virtual void break_cycles() {}

 private:
  friend class Heap;
  template <typename T>
  friend class Ref;

  const Type type_;
  uint32_t num_refs_ = 0;
  Heap* heap_ = nullptr;
  size_t charged_ = 0;        ///< bytes that the meter counts for it
  size_t mutable_index_ = 0;  ///< in Heap::mutables_, plus 1
};

/// A counted reference to an Object; may be null. Not thread-safe.
template <typename T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* object) : object_(object) { retain(); }
  Ref(const Ref& other) : object_(other.object_) { retain(); }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <typename U>
    requires std::is_convertible_v<U*, T*>
  Ref(Ref<U> other) : object_(other.detach()) {}  // NOLINT(google-explicit-constructor): an upcast
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() { release(); }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }

  /// Gives the reference away without counting down.
  T* detach() { return std::exchange(object_, nullptr); }

 private:
  void retain() {
    if (object_ != nullptr) ++object_->num_refs_;
  }
  void release();

  T* object_ = nullptr;
};

/// Makes the objects of one rendering and charges the meter for them. Frees without recursion, so that a long
/// chain of values does not overflow the stack. Objects that can be changed after they were made, and so can
/// be part of a cycle, are taken apart at the end. Outlives every reference to its objects.
class Heap {
 public:
  explicit Heap(Meter& meter) : meter_(meter) {}
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;
  ~Heap() { break_cycles(); }

  Meter& meter() const { return meter_; }

  template <typename T, typename... Args>
  Ref<T> make(Args&&... args) {
    T* object = new T(std::forward<Args>(args)...);
    object->heap_ = this;
    recharge(*object, sizeof(T));
    return Ref<T>(object);
  }

  /// The same for an object that can be changed later.
  template <typename T, typename... Args>
  Ref<T> make_mutable(Args&&... args) {
    Ref<T> object = make<T>(std::forward<Args>(args)...);
    mutables_.push_back(object.get());
    static_cast<Object&>(*object).mutable_index_ = mutables_.size();
    return object;
  }

  /// Says that the object now takes `num_bytes`.
  void recharge(Object& object, size_t num_bytes) {
    meter_.shrink(object.charged_);
    meter_.grow(num_bytes);
    object.charged_ = num_bytes;
  }

  /// Frees an object without references, and all that it alone held.
  void free(Object* object);

  void break_cycles();

 private:
  void destroy(Object* object);

  Meter& meter_;
  std::vector<Object*> mutables_;
  std::vector<Object*> dead_;
  bool freeing_ = false;
};

template <typename T>
void Ref<T>::release() {
  if (object_ == nullptr) return;
  Object* object = object_;
  if (--object->num_refs_ == 0) object->heap().free(object);
}

}  // namespace hearth::jinja
