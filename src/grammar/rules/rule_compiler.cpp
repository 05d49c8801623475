#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/printable.h"
#include "grammar/control_token.h"
#include "grammar/regex/languages.h"
#include "grammar/regex/text_grammar.h"
#include "grammar/rules/rule_grammar.h"
#include "grammar/rules/rule_program.h"
#include "grammar/rules/rule_set.h"

namespace hearth::grammar {

/// Writes the expressions of a RuleSet as a network. An expression is written between a node, which it fills,
/// and the node behind it, so that work to do can wait in a list and nothing recurses.
class RuleCompiler {
 public:
  RuleCompiler(const RuleSet& set, const Limits& limits) : set_(set), limits_(limits) {}

  Result<GrammarPtr> compile(RuleSet::RuleId root) {
    program_.nodes.resize(2);
    program_.nodes[RuleProgram::kAccept].kind = Kind::kAccept;
    program_.nodes[RuleProgram::kEnd].kind = Kind::kEnd;
    program_.literals = set_.literals_;
    program_.root = root;
    for (RuleSet::RuleId id = 0; id < set_.rules_.size(); ++id) {
      const RuleSet::Rule& rule = set_.rules_[id];
      const NodeId start = set_.is_defined(id) ? add_node() : RuleProgram::kEnd;
      program_.rules.push_back({.name = rule.name, .start = start});
      if (set_.is_defined(id)) work_.push_back({rule.expr, start, RuleProgram::kEnd, id});
    }
    while (!work_.empty()) {
      const Task task = work_.back();
      work_.pop_back();
      TRY(write(task));
      if (program_.nodes.size() + program_.targets.size() > limits_.max_nodes) {
        return fail(ErrorCode::kResourceLimit, "the grammar has more than {} parts", limits_.max_nodes);
      }
    }
    follow_jumps();
    TRY(analyse_rules(program_, limits_));
    auto grammar = std::make_shared<RuleGrammar>(std::move(program_));
    const auto automaton = grammar->make_automaton();
    automaton->fuel() = {limits_.compile_fuel};
    automaton->start();
    if (automaton->fuel().exhausted) {
      return fail(ErrorCode::kResourceLimit, "the grammar has too many ways to begin");
    }
    return grammar;
  }

 private:
  using NodeId = RuleProgram::NodeId;
  using Kind = RuleProgram::NodeKind;
  using Expr = RuleSet::Expr;
  struct Task {
    RuleSet::ExprId expr;
    NodeId entry, next;
    uint32_t rule;  ///< that it is in
  };

  NodeId add_node() {
    program_.nodes.emplace_back();
    return NodeId(program_.nodes.size() - 1);
  }

  Status write(const Task& task) {
    const Expr& expr = set_.exprs_[task.expr];
    switch (expr.kind) {
      case RuleSet::Kind::kSequence:
        write_sequence(task, expr);
        return {};
      case RuleSet::Kind::kAlternative:
        return write_alternative(task, expr);
      case RuleSet::Kind::kRepeat:
        return write_repeat(task, expr);
      case RuleSet::Kind::kRule:
        return write_call(task, expr);
      default: {
        const uint32_t terminal = TRY(terminal_of(task.expr));
        program_.nodes[task.entry] = {.kind = Kind::kTerminal, .first = terminal, .next = task.next};
        return {};
      }
    }
  }

  void write_sequence(const Task& task, const Expr& expr) {
    if (expr.count == 0) {
      program_.nodes[task.entry] = {.kind = Kind::kJump, .next = task.next};
      return;
    }
    NodeId entry = task.entry;
    for (uint32_t i = 0; i < expr.count; ++i) {
      const NodeId next = i + 1 < expr.count ? add_node() : task.next;
      work_.push_back({set_.children_[expr.first + i], entry, next, task.rule});
      entry = next;
    }
  }

  Status write_alternative(const Task& task, const Expr& expr) {
    const std::span<const RuleSet::ExprId> choices(set_.children_.data() + expr.first, expr.count);
    const auto is_text = [&](RuleSet::ExprId id) { return set_.exprs_[id].kind == RuleSet::Kind::kLiteral; };
    const bool joins_texts = size_t(std::ranges::count_if(choices, is_text)) >= kMinJoinedTexts;
    std::vector<NodeId> entries;
    for (const RuleSet::ExprId choice : choices) {
      if (joins_texts && is_text(choice)) continue;
      entries.push_back(add_node());
      work_.push_back({choice, entries.back(), task.next, task.rule});
    }
    if (joins_texts) {
      // One automaton reads many texts at once.
      std::vector<std::string> texts;
      for (const RuleSet::ExprId choice : choices) {
        if (is_text(choice)) texts.emplace_back(literal_of(set_.exprs_[choice]));
      }
      entries.push_back(add_node());
      const auto grammar = std::make_shared<TextGrammar>(TRY(literals_language(texts, limits_)));
      program_.terminals.push_back(TRY(make_nested(grammar)));
      program_.nodes[entries.back()] = {
          .kind = Kind::kTerminal, .first = uint32_t(program_.terminals.size() - 1), .next = task.next};
    }
    program_.nodes[task.entry] = {
        .kind = Kind::kSplit, .first = uint32_t(program_.targets.size()), .count = uint32_t(entries.size())};
    program_.targets.insert(program_.targets.end(), entries.begin(), entries.end());
    return {};
  }

  static constexpr size_t kMinJoinedTexts = 32;

  std::string_view literal_of(const Expr& expr) const {
    return std::string_view(set_.literals_).substr(expr.first, expr.count);
  }

  void write_split(NodeId node, NodeId left, NodeId right) {
    program_.nodes[node] = {.kind = Kind::kSplit, .first = uint32_t(program_.targets.size()), .count = 2};
    program_.targets.push_back(left);
    program_.targets.push_back(right);
  }

  Status write_repeat(const Task& task, const Expr& expr) {
    if (expr.min > expr.max) {
      return fail(ErrorCode::kInvalidArgument, "rule {} repeats a part between {} and {} times",
                  hearth::quoted(program_.rules[task.rule].name), expr.min, expr.max);
    }
    const bool endless = expr.max == RuleSet::kUnbounded;
    if (expr.min <= 1 && (endless || expr.max == 1)) {
      // x?, x* and x+ are ways through the network, in which nothing is counted.
      const NodeId body = expr.min == 1 ? task.entry : add_node();
      const NodeId again = !endless ? task.next : expr.min == 1 ? add_node() : task.entry;
      const NodeId split = endless ? again : task.entry;
      write_split(split, body, task.next);
      work_.push_back({expr.first, body, again, task.rule});
      return {};
    }
    if (is_character(set_.exprs_[expr.first])) {
      const uint32_t terminal = TRY(terminal_of(expr.first));
      program_.nodes[task.entry] = {.kind = Kind::kRepeatTerminal,
                                    .first = terminal,
                                    .next = task.next,
                                    .min = expr.min,
                                    .max = expr.max};
      return {};
    }
    const NodeId start = add_node();
    program_.rules.push_back({.name = {}, .start = start});
    const uint32_t rule = uint32_t(program_.rules.size() - 1);
    work_.push_back({expr.first, start, RuleProgram::kEnd, task.rule});
    program_.nodes[task.entry] = {
        .kind = Kind::kRepeatCall, .first = rule, .next = task.next, .min = expr.min, .max = expr.max};
    return {};
  }

  /// Of those neither the empty text is one, nor does a text go on behind another.
  static bool is_character(const Expr& expr) {
    return expr.kind == RuleSet::Kind::kCodePoints || expr.kind == RuleSet::Kind::kControl ||
           expr.kind == RuleSet::Kind::kControlBut || expr.kind == RuleSet::Kind::kLiteral;
  }

  Status write_call(const Task& task, const Expr& expr) {
    if (!set_.is_defined(expr.first)) {
      return fail(ErrorCode::kInvalidArgument, "rule {} is used in rule {} and not defined",
                  hearth::quoted(set_.rules_[expr.first].name),
                  hearth::quoted(program_.rules[task.rule].name));
    }
    program_.nodes[task.entry] = {.kind = Kind::kCall, .first = expr.first, .next = task.next};
    return {};
  }

  /// The terminal of an expression, one for all places where it is used.
  Result<uint32_t> terminal_of(RuleSet::ExprId id) {
    if (const auto found = terminals_.find(id); found != terminals_.end()) return found->second;
    const Terminal terminal = TRY(make_terminal(set_.exprs_[id]));
    program_.terminals.push_back(terminal);
    terminals_[id] = uint32_t(program_.terminals.size() - 1);
    return uint32_t(program_.terminals.size() - 1);
  }

  using Terminal = RuleProgram::Terminal;
  using TerminalKind = RuleProgram::TerminalKind;

  Result<Terminal> make_terminal(const Expr& expr) {
    switch (expr.kind) {
      case RuleSet::Kind::kLiteral:
        return make_literal(expr.first, expr.count);
      case RuleSet::Kind::kControl: {
        const auto bytes = control_token_bytes(TokenId(expr.first));
        const uint32_t first = uint32_t(program_.literals.size());
        program_.literals.append(bytes.begin(), bytes.end());
        return make_literal(first, uint32_t(bytes.size()));
      }
      case RuleSet::Kind::kCodePoints:
        return make_code_points(set_.sets_[expr.first]);
      case RuleSet::Kind::kControlBut: {
        const auto& list = set_.token_lists_[expr.first];
        const std::vector<uint32_t> ids(list.begin(), list.end());
        return make_dfa(other_control_token_dfa(ids));
      }
      case RuleSet::Kind::kFreeText:
        return make_dfa(TRY(free_text_dfa(set_.text_lists_[expr.first], limits_)));
      case RuleSet::Kind::kTextUntil:
        return make_dfa(
            TRY(text_until_dfa(set_.text_lists_[expr.first], set_.text_lists_[expr.first + 1], limits_)));
      default:
        return make_nested(set_.grammars_[expr.first]);
    }
  }

  Terminal make_literal(uint32_t first, uint32_t size) {
    Terminal terminal{.kind = TerminalKind::kLiteral, .first = first, .size = size};
    if (size == 1) {
      terminal.kind = TerminalKind::kBytes;
      terminal.bytes.set(uint8_t(program_.literals[first]));
    }
    return terminal;
  }

  Terminal make_code_points(const CodePointSet& set) {
    const auto& ranges = set.ranges();
    if (ranges.empty()) return {.kind = TerminalKind::kBytes, .productive = false};
    if (ranges.back().last > 0x7F) {
      // Equal sets share their automaton: grammars repeat [^"] and its like.
      auto [it, is_new] = set_terminals_.try_emplace(key_of(set));
      if (is_new) it->second = make_dfa(code_point_dfa(set));
      it->second.beyond_ascii = contains_beyond_ascii(set);
      return it->second;
    }
    Terminal terminal{.kind = TerminalKind::kBytes};
    for (const auto& range : ranges) {
      for (char32_t c = range.first; c <= range.last; ++c) terminal.bytes.set(c);
    }
    return terminal;
  }

  static std::u32string key_of(const CodePointSet& set) {
    std::u32string key;
    for (const auto& range : set.ranges()) key += {range.first, range.last};
    return key;
  }

  static bool contains_beyond_ascii(const CodePointSet& set) {
    return std::ranges::none_of(set.complement().ranges(),
                                [](const auto& range) { return range.last > 0x7F; });
  }

  Terminal make_dfa(ByteDfa dfa) {
    Terminal terminal{.kind = TerminalKind::kDfa,
                      .nullable = dfa.accepts(ByteDfa::kStart),
                      .productive = !dfa.empty(),
                      .first = uint32_t(program_.dfas.size())};
    for (size_t byte = 0; byte < 256; ++byte) {
      const ByteDfa::State state = dfa.step(ByteDfa::kStart, uint8_t(byte));
      if (state != ByteDfa::kDead && dfa.accepts(state) && !dfa.goes_on(state)) terminal.bytes.set(byte);
    }
    program_.dfas.push_back(std::move(dfa));
    return terminal;
  }

  Result<Terminal> make_nested(const GrammarPtr& grammar) {
    const auto automaton = grammar->make_automaton();
    automaton->fuel() = {limits_.compile_fuel};
    const StateId start = automaton->start();
    Terminal terminal{.kind = TerminalKind::kNested,
                      .nullable = start != kDeadState && automaton->accepts(start),
                      .productive = start != kDeadState};
    if (automaton->fuel().exhausted) {
      return fail(ErrorCode::kResourceLimit, "a grammar inside of the rules takes too much work to begin");
    }
    auto& grammars = program_.grammars;
    const auto [place, is_new] = grammar_places_.try_emplace(grammar.get(), uint32_t(grammars.size()));
    if (is_new) grammars.push_back(grammar);
    terminal.first = place->second;
    return terminal;
  }

  /// Takes out the nodes that only lead on; they go in no circle, as each x* has a split.
  void follow_jumps() {
    for (auto& node : program_.nodes) {
      if (node.kind != Kind::kSplit) node.next = follow(node.next);
    }
    for (NodeId& target : program_.targets) target = follow(target);
    for (auto& rule : program_.rules) rule.start = follow(rule.start);
  }

  NodeId follow(NodeId id) {
    path_.clear();
    while (program_.nodes[id].kind == Kind::kJump) {
      path_.push_back(id);
      id = program_.nodes[id].next;
    }
    for (const NodeId passed : path_) program_.nodes[passed].next = id;
    return id;
  }

  const RuleSet& set_;
  const Limits& limits_;
  RuleProgram program_;
  std::vector<Task> work_;
  std::unordered_map<RuleSet::ExprId, uint32_t> terminals_;
  std::map<std::u32string, Terminal> set_terminals_;
  std::unordered_map<const Grammar*, uint32_t> grammar_places_;
  std::vector<NodeId> path_;
};

Result<GrammarPtr> compile_rules(const RuleSet& rules, RuleSet::RuleId root, const Limits& limits) {
  return RuleCompiler(rules, limits).compile(root);
}

}  // namespace hearth::grammar
