// What is known of a network before it runs. Each pass looks at each edge a bounded number of times, and none
// recurses, so a hostile grammar costs as much as its size.

#include <algorithm>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "grammar/rules/rule_program.h"

namespace hearth::grammar {
namespace {

using NodeId = RuleProgram::NodeId;
using Kind = RuleProgram::NodeKind;
using Node = RuleProgram::Node;

bool calls(const Node& node) { return node.kind == Kind::kCall || node.kind == Kind::kRepeatCall; }
bool reads(const Node& node) { return node.kind == Kind::kTerminal || node.kind == Kind::kRepeatTerminal; }
bool repeats(const Node& node) {
  return node.kind == Kind::kRepeatTerminal || node.kind == Kind::kRepeatCall;
}

/// Lists of numbers by a number, in one vector.
class Adjacency {
 public:
  explicit Adjacency(size_t size) : offsets_(size + 1) {}
  void add(uint32_t from, uint32_t to) { edges_.emplace_back(from, to); }
  void finish() {
    for (const auto& [from, to] : edges_) ++offsets_[from + 1];
    for (size_t i = 1; i < offsets_.size(); ++i) offsets_[i] += offsets_[i - 1];
    targets_.resize(edges_.size());
    std::vector<uint32_t> at(offsets_.begin(), offsets_.end() - 1);
    for (const auto& [from, to] : edges_) targets_[at[from]++] = to;
    edges_ = {};
  }
  std::span<const uint32_t> operator[](uint32_t from) const {
    return {targets_.data() + offsets_[from], offsets_[from + 1] - offsets_[from]};
  }

 private:
  std::vector<std::pair<uint32_t, uint32_t>> edges_;
  std::vector<uint32_t> offsets_, targets_;
};

/// Which nodes reach the end of their rule: with any text, or with the empty one. A fixed point by a
/// worklist over the edges, backwards.
class EndReach {
 public:
  EndReach(const RuleProgram& program, bool with_empty_text)
      : program_(program),
        empty_(with_empty_text),
        before_(program.nodes.size()),
        callers_(program.rules.size()),
        starts_(program.nodes.size()),
        reached_(program.nodes.size()) {
    add_edges();
    reach(RuleProgram::kEnd);
    while (!work_.empty()) {
      const NodeId node = work_.back();
      work_.pop_back();
      for (const NodeId source : before_[node]) update(source);
      for (const uint32_t rule : starts_[node]) {
        for (const NodeId caller : callers_[rule]) update(caller);
      }
    }
  }

  std::vector<bool> take() { return std::move(reached_); }

 private:
  void add_edges() {
    for (NodeId id = 0; id < program_.nodes.size(); ++id) {
      const Node& node = program_.nodes[id];
      if (id <= RuleProgram::kEnd) continue;
      if (node.kind == Kind::kSplit) {
        for (uint32_t i = 0; i < node.count; ++i) before_.add(program_.targets[node.first + i], id);
      } else {
        before_.add(node.next, id);
        if (calls(node)) callers_.add(node.first, id);
      }
    }
    for (uint32_t rule = 0; rule < program_.rules.size(); ++rule)
      starts_.add(program_.rules[rule].start, rule);
    before_.finish();
    callers_.finish();
    starts_.finish();
  }

  void reach(NodeId id) {
    if (reached_[id]) return;
    reached_[id] = true;
    work_.push_back(id);
  }

  /// Whether what the node reads or calls lets one through to `next`.
  bool passes(const Node& node) const {
    if (repeats(node) && node.min == 0) return true;
    if (calls(node)) return reached_[program_.rules[node.first].start];
    if (!reads(node)) return true;
    const auto& terminal = program_.terminals[node.first];
    return empty_ ? terminal.nullable : terminal.productive;
  }

  void update(NodeId id) {
    const Node& node = program_.nodes[id];
    if (node.kind == Kind::kSplit || (reached_[node.next] && passes(node))) reach(id);
  }

  const RuleProgram& program_;
  bool empty_;
  Adjacency before_, callers_, starts_;
  std::vector<bool> reached_;
  std::vector<NodeId> work_;
};

/// Calls `visit` for each node that is reached from `start` within its rule without reading anything.
template <typename Visit>
void walk_left_edge(const RuleProgram& program, NodeId start, std::vector<uint32_t>& seen, uint32_t stamp,
                    const Visit& visit) {
  std::vector<NodeId> work = {start};
  while (!work.empty()) {
    const NodeId id = work.back();
    work.pop_back();
    if (std::exchange(seen[id], stamp) == stamp) continue;
    const Node& node = program.nodes[id];
    visit(node);
    if (node.kind == Kind::kSplit) {
      work.insert(work.end(), program.targets.begin() + node.first,
                  program.targets.begin() + node.first + node.count);
    } else if (id > RuleProgram::kEnd) {
      const bool skips = (repeats(node) && node.min == 0) ||
                         (calls(node) && program.rules[node.first].nullable) ||
                         (reads(node) && program.terminals[node.first].nullable);
      if (skips) work.push_back(node.next);
    }
  }
}

Adjacency left_calls(const RuleProgram& program) {
  Adjacency edges(program.rules.size());
  std::vector<uint32_t> seen(program.nodes.size(), UINT32_MAX);
  for (uint32_t rule = 0; rule < program.rules.size(); ++rule) {
    walk_left_edge(program, program.rules[rule].start, seen, rule, [&](const Node& node) {
      if (calls(node)) edges.add(rule, node.first);
    });
  }
  edges.finish();
  return edges;
}

/// Tarjan's strongly connected components (1972) with a stack of its own. Components are numbered in the
/// order in which they are finished, callees first; groups count the other way.
class GroupFinder {
 public:
  GroupFinder(RuleProgram& program, const Adjacency& edges)
      : program_(program),
        edges_(edges),
        index_(program.rules.size()),
        low_(program.rules.size()),
        on_stack_(program.rules.size()) {}

  void run() {
    for (uint32_t rule = 0; rule < program_.rules.size(); ++rule) {
      if (index_[rule] == 0) visit(rule);
    }
    for (auto& rule : program_.rules) rule.group = num_groups_ - 1 - rule.group;
  }

 private:
  struct Frame {
    uint32_t rule;
    size_t edge;
  };

  void enter(uint32_t rule) {
    index_[rule] = low_[rule] = ++counter_;
    members_.push_back(rule);
    on_stack_[rule] = true;
    frames_.push_back({rule, 0});
  }

  void visit(uint32_t root) {
    enter(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      const uint32_t rule = frame.rule;
      if (frame.edge < edges_[rule].size()) {
        const uint32_t callee = edges_[rule][frame.edge++];
        if (callee == rule) program_.rules[rule].left_recursive = true;
        if (index_[callee] == 0) {
          enter(callee);
        } else if (on_stack_[callee]) {
          low_[rule] = std::min(low_[rule], index_[callee]);
        }
        continue;
      }
      frames_.pop_back();
      if (!frames_.empty()) low_[frames_.back().rule] = std::min(low_[frames_.back().rule], low_[rule]);
      if (low_[rule] == index_[rule]) finish_group(rule);
    }
  }

  void finish_group(uint32_t first) {
    const bool many = members_.back() != first;
    for (;;) {
      const uint32_t rule = members_.back();
      members_.pop_back();
      on_stack_[rule] = false;
      program_.rules[rule].group = num_groups_;
      if (many) program_.rules[rule].left_recursive = true;
      if (rule == first) break;
    }
    ++num_groups_;
  }

  RuleProgram& program_;
  const Adjacency& edges_;
  std::vector<uint32_t> index_, low_;
  std::vector<bool> on_stack_;
  std::vector<uint32_t> members_;
  std::vector<Frame> frames_;
  uint32_t counter_ = 0, num_groups_ = 0;
};

/// The rules that the root uses, through others too; an unused one may be as it likes.
std::vector<bool> used_rules(const RuleProgram& program) {
  std::vector<bool> used(program.rules.size());
  std::vector<bool> seen(program.nodes.size());
  std::vector<NodeId> work;
  auto use = [&](uint32_t rule) {
    if (used[rule]) return;
    used[rule] = true;
    work.push_back(program.rules[rule].start);
  };
  use(program.root);
  while (!work.empty()) {
    const NodeId id = work.back();
    work.pop_back();
    if (seen[id]) continue;
    seen[id] = true;
    const Node& node = program.nodes[id];
    if (calls(node)) use(node.first);
    if (node.kind == Kind::kSplit) {
      work.insert(work.end(), program.targets.begin() + node.first,
                  program.targets.begin() + node.first + node.count);
    } else if (id > RuleProgram::kEnd) {
      work.push_back(node.next);
    }
  }
  return used;
}

/// A rule that never ends may only use one that does not: the one at the bottom of that.
uint32_t cause_of_no_end(const RuleProgram& program, const std::vector<bool>& reaches_end, uint32_t rule) {
  std::vector<bool> seen(program.nodes.size());
  uint32_t cause = rule;
  std::vector<NodeId> work = {program.rules[rule].start};
  while (!work.empty()) {
    const NodeId id = work.back();
    work.pop_back();
    if (seen[id]) continue;
    seen[id] = true;
    const Node& node = program.nodes[id];
    if (node.kind == Kind::kSplit) {
      work.insert(work.end(), program.targets.begin() + node.first,
                  program.targets.begin() + node.first + node.count);
      continue;
    }
    if (id > RuleProgram::kEnd) work.push_back(node.next);
    if (!calls(node)) continue;
    const NodeId start = program.rules[node.first].start;
    if (reaches_end[start] || seen[start]) continue;
    if (!program.rules[node.first].name.empty()) cause = node.first;
    work = {start};
  }
  return cause;
}

/// So that every thread of the automaton has a text before it.
void drop_dead_ends(RuleProgram& program, const std::vector<bool>& reaches_end) {
  for (Node& node : program.nodes) {
    if (node.kind == Kind::kRepeatCall && !reaches_end[program.rules[node.first].start]) node.max = 0;
    if (node.kind == Kind::kRepeatTerminal && !program.terminals[node.first].productive) node.max = 0;
    if (node.kind != Kind::kSplit) continue;
    const auto first = program.targets.begin() + node.first;
    const auto last =
        std::remove_if(first, first + node.count, [&](NodeId target) { return !reaches_end[target]; });
    node.count = uint32_t(last - first);
  }
}

}  // namespace

Status analyse_rules(RuleProgram& program, const Limits& limits) {
  if (program.nodes.size() + program.targets.size() > limits.max_nodes) {
    return fail(ErrorCode::kResourceLimit, "the grammar has more than {} parts", limits.max_nodes);
  }
  const std::vector<bool> reaches_end = EndReach(program, false).take();
  const std::vector<bool> used = used_rules(program);
  for (uint32_t rule = 0; rule < program.rules.size(); ++rule) {
    const bool is_part = program.rules[rule].name.empty();
    if (!used[rule] || is_part || reaches_end[program.rules[rule].start]) continue;
    return fail_hint(ErrorCode::kInvalidArgument, "give it a choice that ends",
                     "no text of rule {} is ever complete",
                     hearth::quoted(program.rules[cause_of_no_end(program, reaches_end, rule)].name));
  }
  drop_dead_ends(program, reaches_end);
  const std::vector<bool> nullable = EndReach(program, true).take();
  for (auto& rule : program.rules) rule.nullable = nullable[rule.start];
  for (Node& node : program.nodes) {
    // A part that may be empty may be as often empty as it takes.
    if (node.kind == Kind::kRepeatCall && program.rules[node.first].nullable) node.min = 0;
  }
  const Adjacency edges = left_calls(program);
  GroupFinder(program, edges).run();
  return {};
}

size_t RuleProgram::memory_size() const {
  size_t size = nodes.capacity() * sizeof(Node) + targets.capacity() * sizeof(NodeId) +
                terminals.capacity() * sizeof(Terminal) + literals.capacity() +
                rules.capacity() * sizeof(Rule);
  for (const ByteDfa& dfa : dfas) size += dfa.memory_size();
  for (const GrammarPtr& grammar : grammars) size += grammar->memory_size();
  return size;
}

}  // namespace hearth::grammar
