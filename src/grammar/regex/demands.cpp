#include "grammar/regex/demands.h"

#include <algorithm>

namespace hearth::grammar {

Demands::Demands(std::span<const Condition> conditions, const Alphabet& alphabet) : conditions_(conditions) {
  intern({});
  for (const Condition& condition : conditions) {
    std::vector<uint32_t>& classes = classes_.emplace_back();
    for (uint32_t c = 0; c < alphabet.num_classes(); ++c)
      classes.push_back(condition.language->alphabet().class_of(alphabet.representative(c)));
  }
}

uint32_t Demands::with(uint32_t set, uint32_t condition) {
  const StateId start = conditions_[condition].language->start();
  const Verdict verdict = verdict_of(condition, start);
  if (verdict != Verdict::kOpen) return verdict == Verdict::kMet ? set : kImpossible;
  std::vector<Demand> demands = sets_[set];
  demands.push_back({condition, start});
  return intern(std::move(demands));
}

uint32_t Demands::joined(uint32_t a, uint32_t b) {
  if (a == kNone || b == kNone || a == b) return a == kNone ? b : a;
  std::vector<Demand> demands = sets_[a];
  demands.insert(demands.end(), sets_[b].begin(), sets_[b].end());
  return intern(std::move(demands));
}

uint32_t Demands::step(uint32_t set, uint32_t class_id) {
  if (set == kNone) return kNone;
  const uint64_t key = uint64_t(set) << 32 | class_id;
  if (const auto known = steps_.find(key); known != steps_.end()) return known->second;
  std::vector<Demand> demands;
  for (const auto& [condition, state] : sets_[set]) {
    const StateId next = conditions_[condition].language->step_class(state, classes_[condition][class_id]);
    const Verdict verdict = verdict_of(condition, next);
    if (verdict == Verdict::kFailed) return steps_[key] = kImpossible;
    if (verdict == Verdict::kOpen) demands.push_back({condition, next});
  }
  const uint32_t result = intern(std::move(demands));
  return steps_[key] = result;
}

bool Demands::met_at_end(uint32_t set) const {
  return std::ranges::all_of(sets_[set], [this](const Demand& demand) {
    const Condition& condition = conditions_[demand.condition];
    return condition.language->accepts(demand.state) != condition.negated;
  });
}

bool Demands::includes(uint32_t set, uint32_t part) const {
  return std::ranges::includes(sets_[set], sets_[part]);
}

Demands::Verdict Demands::verdict_of(uint32_t condition, StateId state) const {
  const TextDfa& language = *conditions_[condition].language;
  const bool negated = conditions_[condition].negated;
  if (state == kDeadState) return negated ? Verdict::kMet : Verdict::kFailed;
  if (language.accepts_all(state)) return negated ? Verdict::kFailed : Verdict::kMet;
  return Verdict::kOpen;
}

uint32_t Demands::intern(std::vector<Demand> demands) {
  std::ranges::sort(demands);
  const auto rest = std::ranges::unique(demands);
  demands.erase(rest.begin(), rest.end());
  std::u32string key;
  for (const auto& [condition, state] : demands) {
    key.push_back(condition);
    key.push_back(state);
  }
  const auto [entry, is_new] = ids_.try_emplace(std::move(key), uint32_t(sets_.size()));
  if (is_new) sets_.push_back(std::move(demands));
  return entry->second;
}

}  // namespace hearth::grammar
