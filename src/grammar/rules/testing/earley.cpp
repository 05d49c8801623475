#include "grammar/rules/testing/earley.h"

#include <algorithm>

namespace hearth::grammar {

std::vector<bool> PlainCfg::productive() const {
  std::vector<bool> known(rules.size());
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t rule = 0; rule < rules.size(); ++rule) {
      const bool now = std::ranges::any_of(rules[rule], [&](const auto& choice) {
        return std::ranges::all_of(choice,
                                   [&](Symbol symbol) { return symbol.is_byte || known[symbol.value]; });
      });
      if (now && !known[rule]) known[rule] = changed = true;
    }
  }
  return known;
}

EarleyRecogniser::EarleyRecogniser(const PlainCfg& cfg, uint32_t root)
    : cfg_(cfg), root_(root), productive_(cfg.productive()), sets_(1) {
  for (uint32_t choice = 0; choice < cfg_.rules[root].size(); ++choice) {
    if (is_useful(cfg_.rules[root][choice])) sets_[0].insert({root, choice, 0, 0});
  }
  complete(sets_[0]);
}

bool EarleyRecogniser::is_useful(const std::vector<PlainCfg::Symbol>& choice) const {
  return std::ranges::all_of(
      choice, [&](PlainCfg::Symbol symbol) { return symbol.is_byte || productive_[symbol.value]; });
}

void EarleyRecogniser::push(uint8_t byte) {
  ItemSet items;
  for (Item item : sets_.back()) {
    const auto& list = symbols(item);
    if (item.dot == list.size() || !list[item.dot].is_byte || list[item.dot].value != byte) continue;
    ++item.dot;
    items.insert(item);
  }
  complete(items);
  sets_.push_back(std::move(items));
}

void EarleyRecogniser::complete(ItemSet& items) {
  for (size_t size = SIZE_MAX; size != items.size();) {
    size = items.size();
    std::vector<Item> found;
    for (const Item& item : items) step_item(item, items, found);
    items.insert(found.begin(), found.end());
  }
}

void EarleyRecogniser::step_item(const Item& item, ItemSet& items, std::vector<Item>& found) {
  const uint32_t here = uint32_t(&items == sets_.data() ? 0 : sets_.size());
  const auto& list = symbols(item);
  if (item.dot < list.size()) {
    if (list[item.dot].is_byte) return;
    const uint32_t rule = list[item.dot].value;
    for (uint32_t choice = 0; choice < cfg_.rules[rule].size(); ++choice) {
      if (is_useful(cfg_.rules[rule][choice])) found.push_back({rule, choice, 0, here});
    }
    return;
  }
  for (Item caller : item.origin == here ? items : sets_[item.origin]) {
    const auto& outer = symbols(caller);
    if (caller.dot == outer.size() || outer[caller.dot].is_byte || outer[caller.dot].value != item.rule)
      continue;
    ++caller.dot;
    found.push_back(caller);
  }
}

bool EarleyRecogniser::accepts() const {
  return std::ranges::any_of(sets_.back(), [&](const Item& item) {
    return item.rule == root_ && item.origin == 0 && item.dot == symbols(item).size();
  });
}

}  // namespace hearth::grammar
