#include "engine/speculate/draft_model.h"

#include <algorithm>
#include <limits>

namespace hearth {
namespace {

// Tokens computed in one pass with the first draft token, at little more than its own time.
constexpr size_t kMostUnread = 8;

}  // namespace

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

/// Truncates to what agrees with the text, so drops rejected drafts; starts over where that is not possible.
void DraftModel::rewind(State& state, std::span<const TokenId> tokens) {
  const size_t most = std::min(state.computed.size(), tokens.size() - 1);
  const size_t right = size_t(
      std::mismatch(state.computed.begin(), state.computed.begin() + ptrdiff_t(most), tokens.begin()).first -
      state.computed.begin());
  KvLedger& ledger = runner_.cache().ledger();
  if (right < state.computed.size() && !ledger.can_truncate(state.tables, right)) {
    ledger.release(state.tables);
    state.computed.clear();
    return;
  }
  state.computed.resize(right);
  ledger.truncate(state.tables, right);
  ledger.pass(state.tables, right);
}

/// Whether the draft model has all of these tokens.
bool DraftModel::can_read(std::span<const TokenId> tokens) const {
  return std::ranges::all_of(tokens, [&](TokenId id) { return size_t(id) < runner_.vocab_size(); });
}

/// Computes the next tokens of the text, all but its last; returns how many of the budget it took.
size_t DraftModel::prefill_chunk(Sequence& sequence, State& state, size_t budget) {
  const size_t known = state.computed.size();
  const auto chunk =
      std::span(sequence.tokens).subspan(known, std::min(sequence.tokens.size() - 1 - known, budget));
  if (chunk.empty() || !can_read(chunk)) return 0;
  KvLedger& ledger = runner_.cache().ledger();
  if (!ledger.grow(state.tables, known + chunk.size())) {
    ledger.release(state.tables);
    state.computed.clear();
    return 0;
  }
  batch_.clear();
  batch_.add(chunk, {}, known, state.tables, 0);
  runner_.run(batch_);
  state.computed.insert(state.computed.end(), chunk.begin(), chunk.end());
  ledger.commit(state.tables);
  ledger.pass(state.tables, state.computed.size());
  return chunk.size();
}

/// Computes the sequences' texts, but for a few tokens that go with the first draft token. Returns those that
/// are ready to draft.
std::vector<DraftModel::Drafter> DraftModel::prefill(std::span<const Wish> wishes) {
  const size_t most_rows = size_t(runner_.model().max_batch_tokens());
  std::vector<Drafter> drafters;
  size_t budget = most_rows, num_unread = 0;
  for (const Wish& wish : wishes) {
    const std::vector<TokenId>& tokens = wish.sequence->tokens;
    State& state = state_of(*wish.sequence);
    rewind(state, tokens);
    if (tokens.size() - state.computed.size() > kMostUnread) {
      budget -= prefill_chunk(*wish.sequence, state, budget);
    }
    const auto unread = std::span(tokens).subspan(state.computed.size());
    if (unread.size() > kMostUnread || !can_read(unread) || num_unread + unread.size() > most_rows) continue;
    num_unread += unread.size();
    drafters.push_back({wish, &state});
  }
  return drafters;
}

/// Adds the tokens of text and draft that are not computed yet. False where there is no memory for them.
bool DraftModel::add_rows(const Drafter& drafter) {
  const Sequence& sequence = *drafter.wish.sequence;
  std::vector<TokenId>& computed = drafter.state->computed;
  const size_t known = computed.size();
  if (!runner_.cache().ledger().grow(drafter.state->tables,
                                     sequence.tokens.size() + sequence.drafts.size())) {
    return false;
  }
  if (known < sequence.tokens.size()) {
    computed.insert(computed.end(), sequence.tokens.begin() + ptrdiff_t(known), sequence.tokens.end());
  }
  if (!sequence.drafts.empty()) computed.push_back(sequence.drafts.back());
  batch_.add(std::span(computed).subspan(known), {}, known, drafter.state->tables, 1);
  return true;
}

std::span<float> DraftModel::logits(size_t row) {
  const std::span<float> own = runner_.logits(row);
  if (own.size() >= vocab_size_) return own.first(vocab_size_);
  padded_.assign(vocab_size_, -std::numeric_limits<float>::infinity());
  std::ranges::copy(own, padded_.begin());
  return padded_;
}

/// Draws the next draft token; the sampler's history is what was computed: the sequence's tokens and draft.
bool DraftModel::draw(const Drafter& drafter, size_t row) {
  Sequence& sequence = *drafter.wish.sequence;
  const Result<SampledToken> token =
      drafter.state->sampler.sample(logits(row), {drafter.state->computed, sequence.num_prompt_tokens});
  if (token) sequence.drafts.push_back(token->id);
  return token.has_value();
}

DraftModel::Effort DraftModel::draft(std::span<const Wish> wishes, const Clock& clock) {
  std::vector<Drafter> drafters = prefill(wishes);
  Effort effort;
  const auto begin = clock();
  while (!drafters.empty()) {
    batch_.clear();
    std::erase_if(drafters, [&](const Drafter& one) {
      return one.wish.sequence->drafts.size() >= one.wish.count || !add_rows(one);
    });
    if (drafters.empty()) break;
    runner_.run(batch_);
    for (size_t i = 0; i < drafters.size(); ++i) {
      runner_.cache().ledger().commit(drafters[i].state->tables);
      if (draw(drafters[i], i)) {
        ++effort.num_drafts;
      } else {
        drafters[i].wish.count = 0;
      }
    }
  }
  effort.time = clock() - begin;
  return effort;
}

}  // namespace hearth
