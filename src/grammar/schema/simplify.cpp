#include <algorithm>
#include <utility>

#include "grammar/schema/disjoint.h"
#include "grammar/schema/schema_error.h"
#include "grammar/schema/schema_reader.h"

namespace hearth::grammar {

namespace {

template <typename Node, typename Visit>
void for_each_on_same_value(Node& node, Visit visit) {
  for (auto& id : node.all_of) visit(id);
  for (auto* lists : {&node.any_of, &node.one_of}) {
    for (auto& list : *lists) {
      for (auto& id : list) visit(id);
    }
  }
  for (auto* id : {&node.not_schema, &node.if_schema, &node.then_schema, &node.else_schema}) {
    if (*id) visit(**id);
  }
  if (node.object) {
    for (auto& [name, id] : node.object->dependent_schemas) visit(id);
  }
}

template <typename Node, typename Visit>
void for_each_schema(Node& node, Visit visit) {
  for_each_on_same_value(node, visit);
  if (node.array) {
    auto& array = *node.array;
    for (auto& id : array.prefix_items) visit(id);
    visit(array.items);
    for (auto* id : {&array.contains, &array.unevaluated_items}) {
      if (*id) visit(**id);
    }
  }
  if (node.object) {
    auto& object = *node.object;
    for (auto& [name, id] : object.properties) visit(id);
    for (auto& [language, id] : object.pattern_properties) visit(id);
    visit(object.additional);
    for (auto* id : {&object.property_names, &object.unevaluated_properties}) {
      if (*id) visit(**id);
    }
  }
}

std::vector<SchemaId> on_same_value(const SchemaNode& node) {
  std::vector<SchemaId> ids;
  for_each_on_same_value(node, [&](SchemaId id) { ids.push_back(id); });
  return ids;
}

/// Depth first, without recursion.
Status check_loops(const SchemaProgram& program, const Limits& limits) {
  enum class Mark : uint8_t { kNew, kOpen, kDone };
  struct Open {
    SchemaId id;
    std::vector<SchemaId> next;
  };
  std::vector<Mark> marks(program.schemas.size(), Mark::kNew);
  std::vector<uint32_t> heights(program.schemas.size(), 0);
  std::vector<Open> path;
  for (SchemaId first = 0; first < marks.size(); ++first) {
    if (marks[first] != Mark::kNew) continue;
    marks[first] = Mark::kOpen;
    path.push_back({first, on_same_value(program.schemas[first])});
    while (!path.empty()) {
      const SchemaId at = path.back().id;
      if (path.back().next.empty()) {
        uint32_t height = 0;
        for (const SchemaId id : on_same_value(program.schemas[at]))
          height = std::max(height, heights[id] + 1);
        heights[at] = height;
        if (height > limits.max_depth)
          return fail(ErrorCode::kResourceLimit,
                      "JSON schema, at #{}: more than {} schemas in a row of one value",
                      program.schemas[at].pointer, limits.max_depth);
        marks[at] = Mark::kDone;
        path.pop_back();
        continue;
      }
      const SchemaId next = path.back().next.back();
      path.back().next.pop_back();
      if (marks[next] == Mark::kOpen)
        return std::unexpected(
            at_keyword({ErrorCode::kInvalidArgument, "leads back to the same schema of the same value",
                        "references must go through a property or an item"},
                       "$ref", "#" + program.schemas[at].pointer));
      if (marks[next] != Mark::kNew) continue;
      marks[next] = Mark::kOpen;
      path.push_back({next, on_same_value(program.schemas[next])});
    }
  }
  return {};
}

/// Whether a schema is what `all_of` holds, and no more.
bool is_all_of_alone(const SchemaNode& node) {
  return node.types == kAnyType && !node.number && !node.string && !node.array && !node.object &&
         node.any_of.empty() && node.one_of.empty() && !node.not_schema && !node.if_schema;
}

/// What stands for each schema: the one that it only refers to. There are no loops.
std::vector<SchemaId> find_stand_ins(SchemaProgram& program) {
  constexpr SchemaId kUnknown = UINT32_MAX;
  std::vector<SchemaId> stand_ins(program.schemas.size(), kUnknown);
  stand_ins[kTrueSchema] = kTrueSchema;
  stand_ins[kFalseSchema] = kFalseSchema;
  std::vector<SchemaId> waiting;
  for (SchemaId first = 0; first < stand_ins.size(); ++first) {
    waiting.push_back(first);
    while (!waiting.empty()) {
      const SchemaId at = waiting.back();
      if (stand_ins[at] != kUnknown) {
        waiting.pop_back();
        continue;
      }
      SchemaNode& node = program.schemas[at];
      const bool alone = is_all_of_alone(node);
      const auto unknown =
          std::ranges::find_if(node.all_of, [&](SchemaId id) { return stand_ins[id] == kUnknown; });
      if (alone && unknown != node.all_of.end()) {
        waiting.push_back(*unknown);
        continue;
      }
      stand_ins[at] = at;
      if (!alone) continue;
      for (SchemaId& id : node.all_of) id = stand_ins[id];
      std::erase(node.all_of, kTrueSchema);
      if (node.all_of.empty()) stand_ins[at] = kTrueSchema;
      if (node.all_of.size() == 1) stand_ins[at] = node.all_of.front();
    }
  }
  return stand_ins;
}

/// Where no two can hold at once, "exactly one" is "any", of which nothing must be refuted.
void relax_one_of(SchemaProgram& program, const Limits& limits) {
  Fuel fuel{limits.compile_fuel / 20, false};
  for (SchemaId id = 0; id < program.schemas.size(); ++id) {
    SchemaNode& node = program.schemas[id];
    for (auto& list : std::exchange(node.one_of, {}))
      (are_disjoint(program, list, fuel) ? node.any_of : node.one_of).push_back(std::move(list));
  }
}

/// Drops what the root does not lead to, and numbers the rest anew.
void keep_reached(SchemaProgram& program) {
  constexpr SchemaId kUnknown = UINT32_MAX;
  std::vector<SchemaId> new_ids(program.schemas.size(), kUnknown);
  std::vector<SchemaId> order;
  const auto reach = [&](SchemaId id) {
    if (new_ids[id] != kUnknown) return;
    new_ids[id] = SchemaId(order.size());
    order.push_back(id);
  };
  for (const SchemaId id : {kTrueSchema, kFalseSchema, program.root}) reach(id);
  for (size_t i = 0; i < order.size(); ++i) for_each_schema(std::as_const(program.schemas[order[i]]), reach);
  std::vector<SchemaNode> kept;
  kept.reserve(order.size());
  for (const SchemaId id : order) {
    for_each_schema(program.schemas[id], [&](SchemaId& to) { to = new_ids[to]; });
    kept.push_back(std::move(program.schemas[id]));
  }
  program.root = new_ids[program.root];
  program.schemas = std::move(kept);
}

}  // namespace

Status simplify(SchemaProgram& program, const Limits& limits) {
  TRY(check_loops(program, limits));
  const std::vector<SchemaId> stand_ins = find_stand_ins(program);
  for (SchemaNode& node : program.schemas) {
    for_each_schema(node, [&](SchemaId& id) { id = stand_ins[id]; });
    std::erase(node.all_of, kTrueSchema);
  }
  program.root = stand_ins[program.root];
  keep_reached(program);
  relax_one_of(program, limits);
  return {};
}

}  // namespace hearth::grammar
