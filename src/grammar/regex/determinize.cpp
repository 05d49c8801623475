#include <algorithm>
#include <bit>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "grammar/regex/character_sets.h"
#include "grammar/regex/demands.h"
#include "grammar/regex/regex_program.h"

namespace hearth::grammar {
namespace {

/// A place in the program where a code point is read, or where it ends, and what must hold of what comes.
struct Thread {
  uint32_t part;
  uint32_t demands;

  auto operator<=>(const Thread&) const = default;
};
using Threads = std::vector<Thread>;  ///< sorted

class Determinizer {
 public:
  Determinizer(const RegexProgram& program, const Anchoring& anchoring, const Limits& limits, Fuel& fuel)
      : program_(program),
        anchoring_(anchoring),
        limits_(limits),
        fuel_(fuel),
        alphabet_(alphabet_of(program, fuel)),
        demands_(program.conditions, alphabet_),
        closures_(program.parts.size() * kNumBefore),
        marks_(program.parts.size()) {}

  Result<TextDfa> run();

 private:
  static Alphabet alphabet_of(const RegexProgram& program, Fuel& fuel);
  void fill_class_tables();
  const Threads& closure(uint32_t part, Before before);
  void follow(uint32_t part, Before before, Threads& out);
  void fill_row(const Threads& threads);
  Threads target(const Threads& threads, std::span<const uint32_t> outcomes, Before before);
  void add_closure(uint32_t part, Before before, uint32_t demands, Threads& out);
  void normalize(Threads& threads);
  StateId state_of(Threads threads);
  bool accepts(const Threads& threads) const {
    return std::ranges::any_of(threads, [this](const Thread& thread) {
      return thread.part == 0 && demands_.met_at_end(thread.demands);
    });
  }

  struct ThreadsHash {
    size_t operator()(const Threads& threads) const {
      uint64_t hash = threads.size();
      for (const auto& [part, demands] : threads) {
        hash = (hash ^ (uint64_t(part) << 32 | demands)) * 0x9E3779B97F4A7C15;
        hash ^= hash >> 31;
      }
      return hash;
    }
  };

  const RegexProgram& program_;
  const Anchoring& anchoring_;
  const Limits& limits_;
  Fuel& fuel_;
  Alphabet alphabet_;
  Demands demands_;
  std::vector<std::optional<Threads>> closures_;  ///< [part, before]
  std::vector<uint32_t> marks_;                   ///< [part]: the generation_ in which follow() met it
  uint32_t generation_ = 0;
  std::vector<Before> before_;              ///< what a code point of the class is to what follows
  std::vector<std::vector<bool>> members_;  ///< [set][class]
  std::unordered_map<Threads, StateId, ThreadsHash> ids_;
  std::vector<const Threads*> states_;  ///< by id - 1
  DfaTable table_;
  // Of one state, kept for their memory.
  struct Slot {
    uint32_t class_id = 0;
    StateId target = kDeadState;
  };
  std::vector<Slot> slots_;
  std::vector<uint32_t> outcomes_;  ///< [class, thread]: demands of the thread behind the class
};

constexpr uint32_t kNoThread = UINT32_MAX;  // the thread cannot read the class
constexpr uint64_t kUnitsForThread = 4;
constexpr uint64_t kUnitsForState = 100;

Alphabet Determinizer::alphabet_of(const RegexProgram& program, Fuel& fuel) {
  std::vector<const CodePointSet*> sets;
  std::vector<bool> used(program.sets.size());
  for (const RegexProgram::Part& part : program.parts)
    if (part.op == RegexProgram::Op::kSet) used[part.value] = true;
  for (size_t i = 0; i < used.size(); ++i)
    if (used[i]) sets.push_back(&program.sets[i]);
  std::vector<CodePointSet> asked;
  for (const Condition& condition : program.conditions)
    for (CodePointSet& set : condition.language->alphabet().class_sets()) asked.push_back(std::move(set));
  if (program.asks_words) asked.push_back(word_characters());
  if (program.asks_lines) asked.push_back(line_terminators());
  for (const CodePointSet& set : asked) sets.push_back(&set);
  return Alphabet::of_sets(sets, fuel);
}

void Determinizer::fill_class_tables() {
  const uint32_t num_classes = alphabet_.num_classes();
  before_.assign(num_classes, Before::kOther);
  for (uint32_t c = 1; c < num_classes; ++c) {
    const char32_t sample = alphabet_.representative(c);
    if (program_.asks_words && word_characters().contains(sample))
      before_[c] = Before::kWord;
    else if (program_.asks_lines && line_terminators().contains(sample))
      before_[c] = Before::kLineEnd;
  }
  members_.resize(program_.sets.size());
  for (const RegexProgram::Part& part : program_.parts) {
    if (part.op != RegexProgram::Op::kSet || !members_[part.value].empty()) continue;
    std::vector<bool>& members = members_[part.value];
    members.assign(num_classes, false);
    for (const uint32_t c : alphabet_.classes_of(program_.sets[part.value])) members[c] = true;
    fuel_.take(num_classes / 8);
  }
}

const Threads& Determinizer::closure(uint32_t part, Before before) {
  std::optional<Threads>& known = closures_[size_t(part) * kNumBefore + size_t(before)];
  if (!known) {
    Threads threads;
    follow(part, before, threads);
    normalize(threads);
    known = std::move(threads);
  }
  return *known;
}

/// All that is reached from a part without reading.
void Determinizer::follow(uint32_t start, Before before, Threads& out) {
  using Op = RegexProgram::Op;
  std::vector<Thread> open{{start, Demands::kNone}};
  ++generation_;
  std::unordered_set<uint64_t> seen;  // those with demands; others are marked by part
  const auto push = [&](uint32_t part, uint32_t demands) {
    if (demands == Demands::kImpossible) return;
    const bool is_new = demands == Demands::kNone ? std::exchange(marks_[part], generation_) != generation_
                                                  : seen.insert(uint64_t(part) << 32 | demands).second;
    if (is_new) open.push_back({part, demands});
  };
  while (!open.empty() && fuel_.take(kUnitsForThread)) {
    const auto [index, demands] = open.back();
    open.pop_back();
    const RegexProgram::Part& part = program_.parts[index];
    switch (part.op) {
      case Op::kMatch:
      case Op::kSet:
        out.push_back({index, demands});
        break;
      case Op::kSplit:
        push(part.value, demands);
        push(part.next, demands);
        break;
      case Op::kCondition:
        push(part.next, demands_.with(demands, program_.looks[part.value][size_t(before)]));
        break;
      case Op::kStart:
        if (before == Before::kNothing || (part.value && before == Before::kLineEnd))
          push(part.next, demands);
        break;
    }
  }
}

void Determinizer::add_closure(uint32_t part, Before before, uint32_t demands, Threads& out) {
  const Threads& threads = closure(part, before);
  fuel_.take(kUnitsForThread * (1 + threads.size()));
  for (const Thread& thread : threads) {
    fuel_.take(demands_.size(demands) + demands_.size(thread.demands));
    out.push_back({thread.part, demands_.joined(demands, thread.demands)});
  }
}

/// Sorted, and without threads that another makes needless: of one part those that demand more.
void Determinizer::normalize(Threads& threads) {
  std::ranges::sort(threads);
  const auto duplicates = std::ranges::unique(threads);
  threads.erase(duplicates.begin(), duplicates.end());
  if (program_.conditions.empty()) {
    if (anchoring_.any_end && !threads.empty() && threads[0].part == 0) threads.resize(1);
    return;
  }
  Threads kept;
  for (size_t first = 0, end = 0; first < threads.size(); first = end) {
    while (end < threads.size() && threads[end].part == threads[first].part) ++end;
    fuel_.take((end - first) * (end - first));
    for (size_t i = first; i < end; ++i) {
      const auto makes_needless = [&](const Thread& other) {
        return other != threads[i] && demands_.includes(threads[i].demands, other.demands);
      };
      if (end - first == 1 ||
          std::none_of(threads.begin() + ptrdiff_t(first), threads.begin() + ptrdiff_t(end), makes_needless))
        kept.push_back(threads[i]);
    }
  }
  if (anchoring_.any_end && !kept.empty() && kept[0] == Thread{0, Demands::kNone}) kept.resize(1);
  threads = std::move(kept);
}

StateId Determinizer::state_of(Threads threads) {
  normalize(threads);
  if (threads.empty() && !anchoring_.any_start) return kDeadState;
  const auto [entry, is_new] = ids_.try_emplace(std::move(threads), StateId(states_.size() + 1));
  if (is_new) {
    states_.push_back(&entry->first);
    fuel_.take(kUnitsForState + kUnitsForThread * entry->first.size());
  }
  return entry->second;
}

Threads Determinizer::target(const Threads& threads, std::span<const uint32_t> outcomes, Before before) {
  Threads next;
  for (size_t i = 0; i < threads.size(); ++i) {
    if (outcomes[i] == kNoThread) continue;
    if (threads[i].part == 0)
      next.push_back({0, outcomes[i]});
    else
      add_closure(program_.parts[threads[i].part].next, before, outcomes[i], next);
  }
  if (anchoring_.any_start) add_closure(program_.start, before, Demands::kNone, next);
  return next;
}

/// The edges of a state. Classes on which its threads do alike are looked at once.
void Determinizer::fill_row(const Threads& threads) {
  const uint32_t num_classes = alphabet_.num_classes();
  fuel_.take(num_classes * (1 + threads.size()));
  outcomes_.assign(size_t(num_classes) * threads.size(), kNoThread);
  for (size_t i = 0; i < threads.size(); ++i) {
    const auto [part, demands] = threads[i];
    if (part == 0 && !anchoring_.any_end) continue;
    const std::vector<bool>* members = part == 0 ? nullptr : &members_[program_.parts[part].value];
    for (uint32_t c = 1; c < num_classes; ++c)
      if (!members || (*members)[c]) outcomes_[c * threads.size() + i] = demands_.step(demands, c);
  }
  const auto outcomes_of = [&](uint32_t c) {
    return std::span<const uint32_t>(outcomes_).subspan(c * threads.size(), threads.size());
  };
  // By hash: a class whose target is known. At most half full.
  slots_.assign(std::bit_ceil(2 * num_classes), Slot{});
  for (uint32_t c = 1; c < num_classes && !fuel_.exhausted; ++c) {
    uint64_t hash = uint64_t(before_[c]);
    for (const uint32_t outcome : outcomes_of(c)) {
      hash = (hash ^ outcome) * 0x9E3779B97F4A7C15;
      hash ^= hash >> 31;
    }
    const auto is_like = [&](uint32_t other) {
      return before_[other] == before_[c] && std::ranges::equal(outcomes_of(other), outcomes_of(c));
    };
    size_t slot = hash & (slots_.size() - 1);
    while (slots_[slot].class_id != 0 && !is_like(slots_[slot].class_id))
      slot = (slot + 1) & (slots_.size() - 1);
    if (slots_[slot].class_id == 0) slots_[slot] = {c, state_of(target(threads, outcomes_of(c), before_[c]))};
    if (slots_[slot].target != kDeadState) table_.edges.push_back({c, slots_[slot].target});
  }
}

Result<TextDfa> Determinizer::run() {
  const auto too_large = [this] {
    return states_.size() > limits_.max_dfa_states
               ? fail(ErrorCode::kResourceLimit, "its automaton has more than {} states",
                      limits_.max_dfa_states)
               : fail(ErrorCode::kResourceLimit, "its automaton takes too much work to make");
  };
  if (fuel_.exhausted) return too_large();
  fill_class_tables();
  table_.num_classes = alphabet_.num_classes();
  Threads first = closure(program_.start, anchoring_.before);
  table_.start = state_of(std::move(first));
  for (size_t i = 0; i < states_.size(); ++i) {
    const Threads& threads = *states_[i];
    fill_row(threads);
    if (fuel_.exhausted || states_.size() > limits_.max_dfa_states) return too_large();
    table_.add_state(accepts(threads));
  }
  fuel_.take(table_.edges.size() * 4);
  if (fuel_.exhausted) return too_large();
  return TextDfa(alphabet_, table_);
}

}  // namespace

Result<TextDfa> determinized(const RegexProgram& program, const Anchoring& anchoring, const Limits& limits,
                             Fuel& fuel) {
  return Determinizer(program, anchoring, limits, fuel).run();
}

}  // namespace hearth::grammar
