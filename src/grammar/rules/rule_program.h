#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <vector>

#include "grammar/grammar.h"
#include "grammar/rules/byte_dfa.h"

namespace hearth::grammar {

/// A recursive transition network: what RuleAutomaton runs. Nodes are places in rules; a call goes to the
/// start of a rule and, once that ends, to its `next`.
struct RuleProgram {
  using NodeId = uint32_t;
  static constexpr uint32_t kUnbounded = UINT32_MAX;
  /// Behind the whole text.
  static constexpr NodeId kAccept = 0;
  /// The end of whatever rule one is in.
  static constexpr NodeId kEnd = 1;

  enum class NodeKind : uint8_t {
    kAccept,
    kEnd,
    kJump,            ///< to `next`; only while compiling
    kSplit,           ///< to one of `count` targets from `first`
    kTerminal,        ///< reads terminal `first`
    kCall,            ///< calls rule `first`
    kRepeatTerminal,  ///< reads terminal `first`, between min and max times
    kRepeatCall,      ///< calls rule `first`, between min and max times
  };
  struct Node {
    NodeKind kind = NodeKind::kSplit;
    uint32_t first = 0;
    uint32_t count = 0;
    NodeId next = kEnd;
    uint32_t min = 0, max = 0;
  };

  enum class TerminalKind : uint8_t { kBytes, kLiteral, kDfa, kNested };
  struct Terminal {
    TerminalKind kind;
    bool nullable = false;
    bool productive = true;     ///< takes some text
    bool beyond_ascii = false;  ///< takes each code point above U+007F and ends with it
    uint32_t first = 0;         ///< of `literals`, `dfas` or `grammars`
    uint32_t size = 0;          ///< of a literal
    std::bitset<256> bytes{};   ///< that take it to its end: of kBytes all that it is, of kDfa from its start
  };

  struct Rule {
    std::string name;  ///< empty for a part of a rule, which is called as a rule
    NodeId start = kEnd;
    bool nullable = false;
    /// Rules that a rule can call before it reads anything come behind it, unless they are of one group: then
    /// they can call each other so.
    uint32_t group = 0;
    bool left_recursive = false;  ///< its group goes in circles
  };

  std::vector<Node> nodes;
  std::vector<NodeId> targets;  ///< of splits
  std::vector<Terminal> terminals;
  std::string literals;
  std::vector<ByteDfa> dfas;
  std::vector<GrammarPtr> grammars;
  std::vector<Rule> rules;
  uint32_t root = 0;

  size_t memory_size() const;
};

/// Checks a network whose nodes are complete and fills in what follows from them: nullable, groups. Takes
/// out splits that lead nowhere. Errors as compile_rules().
Status analyse_rules(RuleProgram& program, const Limits& limits);

}  // namespace hearth::grammar
