#include "engine/speculate/speculator.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/check.h"

namespace hearth {
namespace {

// Measured over texts that quote, repeat themselves and do neither; see docs/design/speculation.md.
constexpr std::array<double, MatchOdds::kNumLengths> kMatchChances = {0.4, 0.6, 0.75, 0.9, 0.97};
constexpr double kDraftChance = 0.7;
// In observations: the weight of the initial chance, and how many are remembered.
constexpr double kSharedWeight = 50.0, kSharedMemory = 500.0;
constexpr double kOwnWeight = 4.0, kOwnMemory = 30.0;
constexpr double kTimeWeight = 0.1;    // of an observation in the running mean
constexpr double kLeastChance = 0.02;  // a draft ends where its chance falls below
constexpr double kLeastGain = 1.03;    // measurements are noisy
// Steps without the draft model before it is tried again; twice as many each time it is not worth it.
constexpr size_t kLeastPatience = 48, kMostPatience = 1024;

DraftOdds own_odds(double chance) { return {chance, kOwnWeight, kOwnMemory}; }

}  // namespace

Speculator::Speculator(const SpeculationOptions& options, size_t vocab_size)
    : options_(options),
      match_odds_([](size_t row) { return DraftOdds(kMatchChances[row], kSharedWeight, kSharedMemory); }),
      draft_odds_(kDraftChance, kSharedWeight, kSharedMemory) {
  if (options_.draft == nullptr) return;
  CHECK(options_.draft_cache != nullptr);
  draft_ = std::make_unique<DraftModel>(*options_.draft, *options_.draft_cache, vocab_size);
}

void Speculator::forget(RequestId id) {
  states_.erase(id);
  if (draft_ != nullptr) draft_->forget(id);
}

Speculator::State& Speculator::state_of(const Sequence& sequence) {
  const auto found = states_.find(sequence.id);
  if (found != states_.end()) return found->second;
  return states_
      .emplace(
          sequence.id,
          State{.ngrams = {},
                .by_ngrams = {},
                .by_draft = {},
                .match_odds = MatchOdds([&](size_t row) { return own_odds(match_odds_.row_chance(row)); }),
                .draft_odds = own_odds(draft_odds_.chance()),
                .patience = kLeastPatience})
      .first->second;
}

/// Compares drafts with the text that has come since, up to the first wrong token: those behind it say
/// nothing.
void Speculator::learn(State& state, const Sequence& sequence) {
  const auto compare = [&](Prediction& prediction, const auto& observe) {
    for (size_t i = 0; i < prediction.tokens.size(); ++i) {
      const size_t position = prediction.position + i;
      if (position >= sequence.tokens.size()) break;
      const bool accepted = sequence.tokens[position] == prediction.tokens[i];
      observe(prediction.num_matched + i, accepted);
      if (!accepted) break;
    }
    prediction.tokens.clear();
  };
  compare(state.by_ngrams, [&](size_t num_matched, bool accepted) {
    state.match_odds.observe(num_matched, accepted);
    match_odds_.observe(num_matched, accepted);
  });
  compare(state.by_draft, [&](size_t, bool accepted) {
    state.draft_odds.observe(accepted);
    draft_odds_.observe(accepted);
  });
}

std::vector<double> Speculator::ngram_chances(const State& state) const {
  std::vector<double> chances;
  double chance = 1.0;
  for (size_t i = 0; i < state.by_ngrams.tokens.size(); ++i) {
    chance *= state.match_odds.chance(state.by_ngrams.num_matched + i);
    if (chance < kLeastChance) break;
    chances.push_back(chance);
  }
  return chances;
}

/// The best tokens per time over the lengths of one sequence's draft, while the others get one token each.
double Speculator::rate(std::span<const double> chances, size_t num_sequences, double draft_token_ns) const {
  double tokens = double(num_sequences), time = cost_.step_ns(num_sequences);
  double best = tokens / time;
  for (size_t i = 0; i < chances.size(); ++i) {
    tokens += chances[i];
    time = cost_.step_ns(num_sequences + i + 1) + double(i + 1) * draft_token_ns;
    best = std::max(best, tokens / time);
  }
  return best;
}

/// What the sequence may draft, and by which of the two sources.
Speculator::Plan Speculator::plan(Sequence& sequence, size_t num_sequences) {
  State& state = state_of(sequence);
  learn(state, sequence);
  Plan plan{.sequence = &sequence, .state = &state, .chances = {}};
  if (options_.ngrams) {
    NgramIndex::Draft draft = state.ngrams.draft(sequence.tokens, options_.max_drafts);
    state.by_ngrams = {sequence.tokens.size(), std::move(draft.tokens), draft.num_matched};
    plan.chances = ngram_chances(state);
  }
  if (draft_ == nullptr) return plan;
  std::vector<double> chances;
  double chance = 1.0;
  while (chances.size() < options_.max_drafts && (chance *= state.draft_odds.chance()) >= kLeastChance) {
    chances.push_back(chance);
  }
  if (rate(chances, num_sequences, draft_ns_) <= rate(plan.chances, num_sequences, 0.0)) return plan;
  plan.by_draft = true;
  plan.chances = std::move(chances);
  return plan;
}

/// Takes draft tokens in order of their chances, as many as bring the most tokens per time.
void Speculator::choose_counts(std::vector<Plan>& plans) const {
  struct DraftToken {
    double chance;
    Plan* plan;
  };
  std::vector<DraftToken> draft_tokens;
  for (Plan& plan : plans) {
    for (double chance : plan.chances) draft_tokens.push_back({chance, &plan});
  }
  std::ranges::sort(draft_tokens, std::greater(), &DraftToken::chance);
  const size_t num_sequences = plans.size();
  double tokens = double(num_sequences), draft_ns = 0.0;
  double best = kLeastGain * tokens / cost_.step_ns(num_sequences);
  size_t count = 0;
  for (size_t i = 0; i < draft_tokens.size(); ++i) {
    tokens += draft_tokens[i].chance;
    if (draft_tokens[i].plan->by_draft) draft_ns += draft_ns_;
    const double rate = tokens / (cost_.step_ns(num_sequences + i + 1) + draft_ns);
    if (rate <= best) continue;
    best = rate;
    count = i + 1;
  }
  for (size_t i = 0; i < count; ++i) ++draft_tokens[i].plan->count;
}

void Speculator::draft(std::span<Sequence* const> sequences, const Clock& clock) {
  std::vector<Sequence*> decoding;
  for (Sequence* sequence : sequences) {
    sequence->drafts.clear();
    if (sequence->decodes() && sequence->generates()) decoding.push_back(sequence);
  }
  std::vector<Plan> plans;
  for (Sequence* sequence : decoding) plans.push_back(plan(*sequence, decoding.size()));
  choose_counts(plans);
  for (const Plan& plan : plans) {
    if (plan.by_draft) continue;
    const std::vector<TokenId>& tokens = plan.state->by_ngrams.tokens;
    plan.sequence->drafts.assign(tokens.begin(), tokens.begin() + ptrdiff_t(plan.count));
  }
  if (draft_ != nullptr) run_draft_model(plans, clock);
}

void Speculator::run_draft_model(std::span<const Plan> plans, const Clock& clock) {
  std::vector<DraftModel::Wish> wishes;
  for (const Plan& plan : plans) {
    State& state = *plan.state;
    if (plan.by_draft && plan.count > 0) {
      wishes.push_back({plan.sequence, plan.count});
      state.num_idle = 0;
      state.patience = kLeastPatience;
    } else if (++state.num_idle >= state.patience && plan.count == 0) {
      wishes.push_back({plan.sequence, 1});
      state.num_idle = 0;
      state.patience = std::min(2 * state.patience, kMostPatience);
    }
  }
  if (wishes.empty()) return;
  const DraftModel::Effort effort = draft_->draft(wishes, clock);
  for (const DraftModel::Wish& wish : wishes) {
    state_of(*wish.sequence).by_draft = {wish.sequence->tokens.size(), wish.sequence->drafts};
  }
  if (effort.num_drafts == 0) return;
  const double ns = double(effort.time.count()) / double(effort.num_drafts);
  draft_ns_ = draft_ns_ > 0.0 ? draft_ns_ + kTimeWeight * (ns - draft_ns_) : ns;
}

}  // namespace hearth
