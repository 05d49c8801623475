#pragma once

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

namespace hearth::grammar {

/// A context-free grammar in the form of the textbooks, and a recogniser for it that is as plain as can be
/// (Earley, 1970, every set filled until nothing changes): what RuleAutomaton is compared with.
struct PlainCfg {
  struct Symbol {
    bool is_byte;
    uint32_t value;  ///< a byte or a rule
  };
  /// Of each rule its choices, of each choice its symbols.
  std::vector<std::vector<std::vector<Symbol>>> rules;

  uint32_t add_rule() {
    rules.emplace_back();
    return uint32_t(rules.size() - 1);
  }
  /// The rules of which some text is complete.
  std::vector<bool> productive() const;
};

class EarleyRecogniser {
 public:
  EarleyRecogniser(const PlainCfg& cfg, uint32_t root);
  /// Takes a byte; forget() takes it back.
  void push(uint8_t byte);
  void pop() { sets_.pop_back(); }
  /// Whether a text that is complete begins so, and whether this one is.
  bool is_alive() const { return !sets_.back().empty(); }
  bool accepts() const;

 private:
  struct Item {
    uint32_t rule, choice, dot, origin;
    auto operator<=>(const Item&) const = default;
  };
  using ItemSet = std::set<Item>;

  const std::vector<PlainCfg::Symbol>& symbols(const Item& item) const {
    return cfg_.rules[item.rule][item.choice];
  }
  void complete(ItemSet& items);
  void step_item(const Item& item, ItemSet& items, std::vector<Item>& found);
  bool is_useful(const std::vector<PlainCfg::Symbol>& choice) const;

  const PlainCfg& cfg_;
  uint32_t root_;
  std::vector<bool> productive_;
  std::vector<ItemSet> sets_;
};

}  // namespace hearth::grammar
