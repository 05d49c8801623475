#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "grammar/satisfy/facts.h"
#include "grammar/satisfy/positions.h"

namespace hearth::grammar {

using RouteId = uint32_t;
inline constexpr RouteId kNoRoute = UINT32_MAX;
inline constexpr uint32_t kNoKey = UINT32_MAX;

/// What is asked of the value of a key, or of an item, and what follows from the answers.
struct Route {
  /// Roots that are no index: a schema that everything satisfies, or nothing.
  static constexpr uint32_t kTrueRoot = UINT32_MAX, kFalseRoot = UINT32_MAX - 1;

  struct Use {
    uint32_t root;  ///< index of the position's roots
    uint32_t target;
  };
  struct Unevaluated {
    uint32_t rule, root;
    uint32_t failure;           ///< its bit of Facts::failed
    uint32_t covers;            ///< list of covers that may evaluate it
    std::vector<Use> contains;  ///< covers that evaluate it where this root is satisfied
  };

  PositionId position = 0;
  std::vector<Use> rules;        ///< a root that is not satisfied fails the rule
  std::vector<uint32_t> failed;  ///< rules that no value can satisfy
  std::vector<Use> contains;     ///< a root that is satisfied is counted
  std::vector<Unevaluated> unevaluated;
};

/// Routes, made when they are met, without what failed rules would ask.
class Routes {
 public:
  explicit Routes(Positions& positions) : positions_(&positions) {}

  /// `key`: of the shape, or kNoKey; `patterns`: the languages that it is of.
  RouteId of_key(ShapeId shape, uint32_t key, std::span<const uint32_t> patterns,
                 std::span<const uint32_t> failed);
  RouteId of_item(ShapeId shape, uint32_t index, std::span<const uint32_t> failed);
  /// Takes the value's answers (by root: whether it is satisfied) into the facts.
  void take_answers(ShapeId shape, RouteId route, std::span<const uint8_t> answers, Facts& facts);

  const Route& operator[](RouteId id) const { return routes_[id]; }
  const ListPool& covers() const { return covers_; }
  size_t memory_size() const;

 private:
  class Maker;

  RouteId add(Route route);

  Positions* positions_;
  ListPool keys_;             ///< what each route was made for
  std::deque<Route> routes_;  ///< references stay valid
  ListPool covers_;
};

}  // namespace hearth::grammar
