#include "text/jinja/value/object.h"

namespace hearth::jinja {

void Heap::free(Object* object) {
  dead_.push_back(object);
  if (freeing_) return;
  freeing_ = true;
  while (!dead_.empty()) {
    Object* next = dead_.back();
    dead_.pop_back();
    destroy(next);
  }
  freeing_ = false;
}

void Heap::destroy(Object* object) {
  meter_.shrink(object->charged_);
  if (object->mutable_index_ != 0) {
    Object* last = mutables_.back();
    mutables_[object->mutable_index_ - 1] = last;
    last->mutable_index_ = object->mutable_index_;
    mutables_.pop_back();
  }
  delete object;
}

void Heap::break_cycles() {
  // Taking one apart can free others, which then leave the list.
  std::vector<Ref<Object>> held;
  held.reserve(mutables_.size());
  for (Object* object : mutables_) held.emplace_back(object);
  for (const Ref<Object>& object : held) object->break_cycles();
}

}  // namespace hearth::jinja
