#include "engine/draft_model.h"

#include <algorithm>

namespace hearth {

DraftModel::~DraftModel() {
  while (!states_.empty()) forget(states_.begin()->first);
}

void DraftModel::forget(RequestId id) {
  const auto found = states_.find(id);
  if (found == states_.end()) return;
  runner_.cache().ledger().release(found->second->tables);
  states_.erase(found);
}

DraftModel::State& DraftModel::state_of(Sequence& sequence) {
  std::unique_ptr<State>& state = states_[sequence.id];
  if (state == nullptr) {
    state = std::make_unique<State>(sequence.sampler);
    state->tables = runner_.cache().ledger().empty_tables();
  }
  return *state;
}

/// Forgets what was computed on guesses that turned out wrong. What a window has passed cannot be undone, so
/// far back the state starts over.
void DraftModel::rewind(State& state, std::span<const TokenId> tokens) {
  const size_t most = std::min(state.computed.size(), tokens.size() - 1);
  const size_t right = size_t(
      std::mismatch(state.computed.begin(), state.computed.begin() + ptrdiff_t(most), tokens.begin()).first -
      state.computed.begin());
  KvLedger& ledger = runner_.cache().ledger();
  for (size_t g = 0; g < ledger.num_groups(); ++g) {
    if (state.tables.num_passed[g] <= ledger.first_block_seen(g, right)) continue;
    ledger.release(state.tables);
    state.computed.clear();
    return;
  }
  state.computed.resize(right);
  ledger.shrink(state.tables, right);
  ledger.pass_window(state.tables, right);
}

/// Reads the text up to the token before its last; returns the tokens it took of the budget.
size_t DraftModel::catch_up(Sequence& sequence, State& state, size_t budget) {
  const size_t known = state.computed.size();
  const size_t count = std::min(sequence.tokens.size() - 1 - known, budget);
  if (count == 0) return 0;
  KvLedger& ledger = runner_.cache().ledger();
  if (!ledger.grow(state.tables, known + count)) {
    ledger.release(state.tables);
    state.computed.clear();
    return 0;
  }
  const auto chunk = std::span(sequence.tokens).subspan(known, count);
  batch_.clear();
  batch_.add(chunk, {}, known, state.tables, 0);
  runner_.run(batch_);
  state.computed.insert(state.computed.end(), chunk.begin(), chunk.end());
  ledger.pass_window(state.tables, state.computed.size());
  return count;
}

void DraftModel::guess(std::span<const Wish> wishes) {
  struct Guesser {
    Wish wish;
    State* state;
  };
  const size_t most_rows = size_t(runner_.model().max_batch_tokens());
  KvLedger& ledger = runner_.cache().ledger();
  std::vector<Guesser> guessers;
  size_t budget = most_rows;
  for (const Wish& wish : wishes) {
    State& state = state_of(*wish.sequence);
    rewind(state, wish.sequence->tokens);
    budget -= catch_up(*wish.sequence, state, budget);
    const bool is_ready = state.computed.size() + 1 == wish.sequence->tokens.size();
    if (is_ready && guessers.size() < most_rows) guessers.push_back({wish, &state});
  }
  for (size_t round = 0; !guessers.empty(); ++round) {
    batch_.clear();
    std::erase_if(guessers, [&](const Guesser& one) {
      return one.wish.count <= round || !ledger.grow(one.state->tables, one.state->computed.size() + 1);
    });
    for (const Guesser& one : guessers) {
      const Sequence& sequence = *one.wish.sequence;
      const TokenId last = sequence.drafts.empty() ? sequence.tokens.back() : sequence.drafts.back();
      one.state->computed.push_back(last);
      batch_.add(std::span(one.state->computed).last(1), {}, one.state->computed.size() - 1,
                 one.state->tables, 1);
    }
    if (guessers.empty()) return;
    runner_.run(batch_);
    for (size_t i = 0; i < guessers.size(); ++i) {
      Sequence& sequence = *guessers[i].wish.sequence;
      // What was computed is the history, but for the prompt's length the same as the sequence's.
      const Result<SampledToken> token = guessers[i].state->sampler.sample(
          runner_.logits(i), {guessers[i].state->computed, sequence.num_prompt_tokens});
      if (!token) {
        guessers[i].wish.count = 0;
        continue;
      }
      sequence.drafts.push_back(token->id);
    }
  }
}

}  // namespace hearth
