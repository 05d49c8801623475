#include "grammar/satisfy/positions.h"

#include <bit>

namespace hearth::grammar {

PositionId Positions::intern(std::span<const SchemaId> roots) {
  const PositionId id = roots_.intern(roots);
  if (id == shape_ids_.size()) shape_ids_.emplace_back().fill(kNotMade);
  return id;
}

ShapeId Positions::shape(PositionId position, JsonType type) {
  ShapeId& id = shape_ids_[position][size_t(std::countr_zero(uint8_t(type)))];
  if (id == kNotMade) {
    id = ShapeId(shapes_.size());
    shapes_.push_back(ShapeBuilder(*program_, made_, roots_.at(position), type).build());
    shapes_.back()->position = position;
  }
  return id;
}

size_t Positions::memory_size() const {
  size_t size = roots_.memory_size() + shape_ids_.capacity() * sizeof(shape_ids_[0]);
  for (const auto& shape : shapes_) size += shape->memory_size();
  return size;
}

}  // namespace hearth::grammar
