#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "grammar/satisfy/pools.h"
#include "grammar/satisfy/shape.h"
#include "grammar/satisfy/shape_builder.h"

namespace hearth::grammar {

/// The sets of schemas that are asked of one value, and their shapes, made when they are met.
class Positions {
 public:
  explicit Positions(const SchemaProgram& program) : program_(&program) {}

  /// `roots`: sorted, each once.
  PositionId intern(std::span<const SchemaId> roots);
  std::span<const SchemaId> roots(PositionId position) const { return roots_.at(position); }
  ShapeId shape(PositionId position, JsonType type);
  Shape& operator[](ShapeId id) { return *shapes_[id]; }
  const Shape& operator[](ShapeId id) const { return *shapes_[id]; }
  size_t memory_size() const;

 private:
  static constexpr ShapeId kNotMade = UINT32_MAX;

  const SchemaProgram* program_;
  MadeLanguages made_;
  ListPool roots_;
  std::vector<std::array<ShapeId, 7>> shape_ids_;  ///< by position and type
  std::vector<std::unique_ptr<Shape>> shapes_;
};

}  // namespace hearth::grammar
