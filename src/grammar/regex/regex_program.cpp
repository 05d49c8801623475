#include "grammar/regex/regex_program.h"

#include <algorithm>

#include "grammar/regex/character_sets.h"

namespace hearth::grammar {
namespace {

constexpr uint64_t kUnitsForPart = 40;

/// Everything that begins with one of the set, and, where `ending`, nothing at all.
TextDfaPtr beginning_with(const CodePointSet& set, bool ending) {
  Fuel fuel{UINT64_MAX, false};
  const CodePointSet* sets[] = {&set};
  const Alphabet alphabet = Alphabet::of_sets(sets, fuel);
  DfaTable table;
  table.num_classes = alphabet.num_classes();
  table.start = 1;
  for (const uint32_t c : alphabet.classes_of(set)) table.edges.push_back({c, 2});
  table.add_state(ending);
  for (uint32_t c = 1; c < table.num_classes; ++c) table.edges.push_back({c, 2});
  table.add_state(true);
  return std::make_shared<const TextDfa>(alphabet, table);
}

TextDfaPtr end_of_text() {
  static const TextDfaPtr kLanguage = beginning_with({}, true);
  return kLanguage;
}

TextDfaPtr end_of_line() {
  static const TextDfaPtr kLanguage = beginning_with(line_terminators(), true);
  return kLanguage;
}

TextDfaPtr start_of_word() {
  static const TextDfaPtr kLanguage = beginning_with(word_characters(), false);
  return kLanguage;
}

uint32_t add_condition(RegexProgram& program, Condition condition) {
  for (size_t i = 0; i < program.conditions.size(); ++i)
    if (program.conditions[i].language == condition.language &&
        program.conditions[i].negated == condition.negated)
      return uint32_t(i);
  program.conditions.push_back(std::move(condition));
  return uint32_t(program.conditions.size() - 1);
}

uint32_t add_look(RegexProgram& program, const std::array<uint32_t, kNumBefore>& look) {
  program.looks.push_back(look);
  return uint32_t(program.looks.size() - 1);
}

std::array<uint32_t, kNumBefore> same_look(uint32_t condition) {
  return {condition, condition, condition, condition};
}

}  // namespace

Result<TextDfa> RegexCompiler::compile(uint32_t node, const Anchoring& anchoring) {
  return determinized(TRY(program_of(node)), anchoring, limits_, fuel_);
}

Result<RegexProgram> RegexCompiler::program_of(uint32_t node) {
  RegexProgram program;
  program.sets = expression_.sets;
  program.parts.push_back({});
  program.start = emit(program, node, 0);
  TRY(std::exchange(status_, Status{}));
  if (fuel_.exhausted)
    return fail(ErrorCode::kResourceLimit, "its repetitions written out have more than {} parts",
                program.parts.size());
  return program;
}

uint32_t RegexCompiler::add(RegexProgram& program, RegexProgram::Part part) {
  fuel_.take(kUnitsForPart);
  program.parts.push_back(part);
  return uint32_t(program.parts.size() - 1);
}

uint32_t RegexCompiler::emit(RegexProgram& program, uint32_t index, uint32_t next) {
  using Kind = Expression::Kind;
  using Op = RegexProgram::Op;
  const Expression::Node& node = expression_.nodes[index];
  if (fuel_.exhausted || !status_) return 0;
  switch (node.kind) {
    case Kind::kEmpty:
      return next;
    case Kind::kSet:
      return add(program, {Op::kSet, next, node.first});
    case Kind::kConcat:
      for (uint32_t i = node.count; i-- > 0;)
        next = emit(program, expression_.children[node.first + i], next);
      return next;
    case Kind::kAlternate: {
      uint32_t entry = emit(program, expression_.children[node.first + node.count - 1], next);
      for (uint32_t i = node.count - 1; i-- > 0;)
        entry = add(program, {Op::kSplit, emit(program, expression_.children[node.first + i], next), entry});
      return entry;
    }
    case Kind::kRepeat:
      return emit_repeat(program, node, next);
    case Kind::kLook:
      return emit_look(program, node, next);
    case Kind::kStart:
      program.asks_lines |= node.multiline;
      return add(program, {Op::kStart, next, node.multiline});
    case Kind::kEnd: {
      const uint32_t condition =
          add_condition(program, {node.multiline ? end_of_line() : end_of_text(), false});
      return add(program, {Op::kCondition, next, add_look(program, same_look(condition))});
    }
    case Kind::kWordBoundary: {
      program.asks_words = true;
      // Behind a word character a boundary is where no word goes on; elsewhere, where one starts.
      const uint32_t word = add_condition(program, {start_of_word(), !node.negated});
      const uint32_t other = add_condition(program, {start_of_word(), node.negated});
      return add(program, {Op::kCondition, next, add_look(program, {other, word, other, other})});
    }
  }
  return next;
}

uint32_t RegexCompiler::emit_repeat(RegexProgram& program, const Expression::Node& node, uint32_t next) {
  using Op = RegexProgram::Op;
  const uint32_t child = expression_.children[node.first];
  uint32_t entry = next;
  if (node.most == Expression::kNoMost) {
    entry = add(program, {Op::kSplit, 0, next});
    const uint32_t loop = entry;
    program.parts[loop].next = emit(program, child, loop);
  } else {
    for (uint32_t i = node.least; i < node.most && !fuel_.exhausted && status_; ++i) {
      const uint32_t body = emit(program, child, entry);
      if (body == entry) break;
      entry = add(program, {Op::kSplit, body, next});
    }
  }
  for (uint32_t i = 0; i < node.least && !fuel_.exhausted && status_; ++i) {
    const uint32_t body = emit(program, child, entry);
    if (body == entry) break;  // nothing, however often
    entry = body;
  }
  return entry;
}

uint32_t RegexCompiler::emit_look(RegexProgram& program, const Expression::Node& node, uint32_t next) {
  const uint32_t child = expression_.children[node.first];
  auto known = looks_.find(child);
  if (known == looks_.end()) {
    auto look = compile_look(child);
    if (!look) {
      status_ = std::unexpected(std::move(look.error()));
      return 0;
    }
    known = looks_.emplace(child, std::move(*look)).first;
  }
  program.asks_words |= known->second.asked.words;
  program.asks_lines |= known->second.asked.lines;
  fuel_.take(program.conditions.size());
  std::array<uint32_t, kNumBefore> look{};
  for (size_t before = 0; before < kNumBefore; ++before)
    look[before] = add_condition(program, {known->second.languages[before], node.negated});
  return add(program, {RegexProgram::Op::kCondition, next, add_look(program, look)});
}

Result<RegexCompiler::Look> RegexCompiler::compile_look(uint32_t node) {
  Look look{.asked = asked_before(node), .languages = {}};
  const bool asks = look.asked.start || look.asked.words;
  for (size_t before = 0; before < kNumBefore; ++before) {
    look.languages[before] = look.languages[0];
    if (before > 0 && !asks) continue;
    const Anchoring anchoring{.any_start = false, .any_end = true, .before = Before(before)};
    look.languages[before] = std::make_shared<const TextDfa>(TRY(compile(node, anchoring)));
  }
  return look;
}

RegexCompiler::Asked RegexCompiler::asked_before(uint32_t node) const {
  Asked asked;
  std::vector<uint32_t> open{node};
  while (!open.empty()) {
    using Kind = Expression::Kind;
    const Expression::Node& part = expression_.nodes[open.back()];
    open.pop_back();
    asked.start |= part.kind == Kind::kStart;
    asked.lines |= part.kind == Kind::kStart && part.multiline;
    asked.words |= part.kind == Kind::kWordBoundary;
    if (part.kind == Kind::kSet) continue;
    for (uint32_t i = 0; i < part.count; ++i) open.push_back(expression_.children[part.first + i]);
  }
  return asked;
}

}  // namespace hearth::grammar
