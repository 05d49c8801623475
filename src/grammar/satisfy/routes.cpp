#include "grammar/satisfy/routes.h"

#include <algorithm>

namespace hearth::grammar {

class Routes::Maker {
 public:
  Maker(const Shape& shape, std::span<const uint32_t> failed) : shape_(&shape), failed_(failed) {}

  void ask(uint32_t rule, SchemaId schema) {
    if (has_bit(failed_, rule) || schema == kTrueSchema) return;
    if (schema == kFalseSchema) {
      route_.failed.push_back(rule);
      return;
    }
    asked_.push_back({schema, rule});
  }

  void ask_contains(uint32_t index, SchemaId schema) {
    if (schema == kFalseSchema) return;
    if (schema == kTrueSchema)
      route_.contains.push_back({Route::kTrueRoot, index});
    else
      contains_.push_back({schema, index});
  }

  /// `covers(rule, out)`: whether rule `rule` evaluates what is routed.
  template <typename Covers>
  void ask_unevaluated(ListPool& lists, Covers covers) {
    for (uint32_t i = 0; i < shape_->unevaluated.size(); ++i) {
      if (has_bit(failed_, uint32_t(shape_->num_rules()) + i)) continue;
      const UnevaluatedRule& rule = shape_->unevaluated[i];
      std::vector<uint32_t> conditional;
      Route::Unevaluated entry{i, Route::kFalseRoot, uint32_t(shape_->num_rules()) + i, 0, {}};
      bool always = false;
      for (uint32_t c = 0; c < rule.covers.size(); ++c) {
        const UnevaluatedRule::Cover& cover = rule.covers[c];
        if (cover.extent == UnevaluatedRule::Cover::Extent::kContains)
          entry.contains.push_back({cover.index, c});
        else if (cover.extent == UnevaluatedRule::Cover::Extent::kAll || covers(cover.index))
          conditional.push_back(c);
        else
          continue;
        always = always ||
                 (cover.condition == kAlways && cover.extent != UnevaluatedRule::Cover::Extent::kContains);
      }
      if (always) continue;
      entry.covers = lists.intern(conditional);
      unevaluated_.emplace_back(std::move(entry), rule.schema);
    }
  }

  Route finish(Positions& positions) {
    std::vector<SchemaId> roots;
    for (const auto& asked : asked_) roots.push_back(asked.schema);
    for (const auto& asked : contains_) roots.push_back(asked.schema);
    for (const auto& [entry, schema] : unevaluated_)
      if (schema != kFalseSchema) roots.push_back(schema);
    std::ranges::sort(roots);
    roots.erase(std::ranges::unique(roots).begin(), roots.end());
    const auto root_of = [&](SchemaId schema) {
      return uint32_t(std::ranges::lower_bound(roots, schema) - roots.begin());
    };
    route_.position = positions.intern(roots);
    for (const auto& [schema, rule] : asked_) route_.rules.push_back({root_of(schema), rule});
    for (const auto& [schema, index] : contains_) route_.contains.push_back({root_of(schema), index});
    for (auto& [entry, schema] : unevaluated_) {
      if (schema != kFalseSchema) entry.root = root_of(schema);
      resolve_contains(entry);
      route_.unevaluated.push_back(std::move(entry));
    }
    std::ranges::sort(route_.failed);
    route_.failed.erase(std::ranges::unique(route_.failed).begin(), route_.failed.end());
    return std::move(route_);
  }

 private:
  struct Asked {
    SchemaId schema;
    uint32_t target;
  };

  /// From the index of a `contains` to the root that says whether an item satisfies it.
  void resolve_contains(Route::Unevaluated& entry) const {
    std::erase_if(entry.contains, [&](Route::Use& use) {
      const auto found = std::ranges::find(route_.contains, use.root, &Route::Use::target);
      if (found == route_.contains.end()) return true;
      use.root = found->root;
      return false;
    });
  }

  const Shape* shape_;
  std::span<const uint32_t> failed_;
  Route route_;
  std::vector<Asked> asked_, contains_;
  std::vector<std::pair<Route::Unevaluated, SchemaId>> unevaluated_;
};

RouteId Routes::of_key(ShapeId shape_id, uint32_t key, std::span<const uint32_t> patterns,
                       std::span<const uint32_t> failed) {
  std::vector<uint32_t> made_for{shape_id, key};
  made_for.insert(made_for.end(), failed.begin(), failed.end());
  made_for.insert(made_for.end(), patterns.begin(), patterns.end());
  const uint32_t id = keys_.intern(made_for);
  if (id < routes_.size()) return id;

  const Shape& shape = std::as_const(*positions_)[shape_id];
  Maker maker(shape, failed);
  std::vector<bool> known(shape.object_rules.size(), false);
  if (key != kNoKey)
    for (const auto& [rule, schema] : shape.keys[key].schemas) {
      known[rule] = true;
      maker.ask(rule, schema);
    }
  for (const auto& [language, rule, schema] : shape.patterns) {
    if (std::ranges::find(patterns, language) == patterns.end()) continue;
    known[rule] = true;
    maker.ask(rule, schema);
  }
  for (uint32_t rule = 0; rule < known.size(); ++rule)
    if (!known[rule]) maker.ask(rule, shape.object_rules[rule]->additional);
  maker.ask_unevaluated(
      covers_, [&](uint32_t rule) { return known[rule] || shape.object_rules[rule]->has_additional; });
  return add(maker.finish(*positions_));
}

RouteId Routes::of_item(ShapeId shape_id, uint32_t index, std::span<const uint32_t> failed) {
  const Shape& shape = std::as_const(*positions_)[shape_id];
  index = std::min(index, shape.num_prefix_items);
  std::vector<uint32_t> made_for{shape_id, index};
  made_for.insert(made_for.end(), failed.begin(), failed.end());
  const uint32_t id = keys_.intern(made_for);
  if (id < routes_.size()) return id;

  Maker maker(shape, failed);
  for (uint32_t i = 0; i < shape.array_rules.size(); ++i) {
    const ArrayRule& rule = *shape.array_rules[i];
    maker.ask(i, index < rule.prefix_items.size() ? rule.prefix_items[index] : rule.items);
  }
  for (uint32_t i = 0; i < shape.contains.size(); ++i)
    maker.ask_contains(i, *shape.array_rules[shape.contains[i].first]->contains);
  maker.ask_unevaluated(covers_, [&](uint32_t i) {
    return index < shape.array_rules[i]->prefix_items.size() || shape.array_rules[i]->has_items;
  });
  return add(maker.finish(*positions_));
}

RouteId Routes::add(Route route) {
  routes_.push_back(std::move(route));
  return RouteId(routes_.size() - 1);
}

void Routes::take_answers(ShapeId shape_id, RouteId route_id, std::span<const uint8_t> answers,
                          Facts& facts) {
  const Shape& shape = std::as_const(*positions_)[shape_id];
  const Route& route = routes_[route_id];
  const auto holds = [&](uint32_t root) {
    return root == Route::kTrueRoot || (root != Route::kFalseRoot && answers[root] != 0);
  };
  for (const auto& [root, rule] : route.rules)
    if (!holds(root)) set_bit(facts.failed, rule);
  for (const uint32_t rule : route.failed) set_bit(facts.failed, rule);
  for (const auto& [root, index] : route.contains)
    if (holds(root) && facts.contains[index] < shape.contains[index].second) ++facts.contains[index];
  for (const Route::Unevaluated& entry : route.unevaluated) {
    if (holds(entry.root)) continue;
    std::vector<uint32_t> list(covers_.at(entry.covers).begin(), covers_.at(entry.covers).end());
    for (const auto& [root, cover] : entry.contains)
      if (holds(root)) list.push_back(cover);
    std::ranges::sort(list);
    const std::pair<uint32_t, uint32_t> uncertain{entry.rule, covers_.intern(list)};
    if (list.empty()) {
      set_bit(facts.failed, entry.failure);
    } else if (const auto place = std::ranges::lower_bound(facts.uncertain, uncertain);
               place == facts.uncertain.end() || *place != uncertain) {
      facts.uncertain.insert(place, uncertain);
    }
  }
}

size_t Routes::memory_size() const {
  size_t size = keys_.memory_size() + covers_.memory_size() + routes_.size() * sizeof(Route);
  for (const Route& route : routes_)
    size += (route.rules.capacity() + route.contains.capacity()) * sizeof(Route::Use);
  return size;
}

}  // namespace hearth::grammar
