#include "grammar/mask/matcher.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "grammar/control_token.h"

namespace hearth::grammar {

Matcher::Matcher(std::shared_ptr<AutomatonPool> pool)
    : pool_(std::move(pool)), automaton_(pool_->lease()), mask_(automaton_->tokens().num_words()) {
  automaton_->refuel();
  push({automaton_->start(), false});
}

Matcher::Matcher(GrammarPtr grammar, TokenTablePtr tokens, const Limits& limits)
    : Matcher(std::make_shared<AutomatonPool>(std::move(grammar), std::move(tokens), limits)) {}

Matcher::~Matcher() { pool_->give_back(std::move(automaton_)); }

void Matcher::push(Place place) {
  history_.push_back(place);
  if (history_.size() <= 2 * (kMaxRollback + 1)) return;
  history_.erase(history_.begin(), history_.end() - (kMaxRollback + 1));
}

void Matcher::compact() {
  if (!automaton_->is_too_large()) return;
  if (history_.size() > kMaxRollback + 1) {
    history_.erase(history_.begin(), history_.end() - (kMaxRollback + 1));
  }
  std::vector<StateId> states;
  for (const Place& place : history_) states.push_back(place.state);
  automaton_->keep_only(states);
  for (size_t i = 0; i < states.size(); ++i) history_[i].state = states[i];
}

template <typename Fill>
Status Matcher::fill(std::span<uint64_t> words, Fill fill_words) {
  compact();
  automaton_->refuel();
  const bool can_end = may_end();
  if (!here().ended && here().state != kDeadState) {
    fill_words(here().state);
    if (automaton_->is_exhausted()) {
      return fail_hint(ErrorCode::kResourceLimit, "ask for something simpler",
                       "what the grammar allows next takes more than {} steps to find out",
                       pool_->limits().mask_fuel);
    }
    std::copy_n(mask_.begin(), std::min(mask_.size(), words.size()), words.begin());
  }
  if (!can_end) return {};
  for (const TokenId id : automaton_->tokens().end_ids()) {
    if (size_t(id) / 64 < words.size()) words[size_t(id) / 64] |= uint64_t(1) << (size_t(id) % 64);
  }
  return {};
}

Status Matcher::fill_mask(std::span<uint64_t> words) {
  return fill(words, [&](StateId state) { automaton_->mask(state, mask_); });
}

Status Matcher::fill_mask_within(uint32_t max_tokens, std::span<uint64_t> words) {
  return fill(words, [&](StateId state) {
    if (max_tokens == 0) {
      std::ranges::fill(mask_, 0);
    } else {
      automaton_->mask_within(state, max_tokens - 1, mask_);
    }
  });
}

std::optional<std::vector<TokenId>> Matcher::closing() {
  automaton_->refuel();
  if (may_end()) return std::vector<TokenId>();
  if (here().state == kDeadState) return std::nullopt;
  return automaton_->closings().closing(here().state);
}

bool Matcher::accept(TokenId id) {
  compact();
  automaton_->refuel();
  const Place from = here();
  const std::string_view bytes = automaton_->tokens().bytes(id);
  if (!from.ended && !bytes.empty()) {
    const StateId to = automaton_->step(from.state, bytes);
    if (to != kDeadState) {
      push({to, false});
      return true;
    }
  }
  if (!automaton_->tokens().is_end(id) || !may_end()) return false;
  push({from.state, true});
  return true;
}

void Matcher::rollback(size_t count) {
  CHECK(count <= kMaxRollback && count < history_.size());
  history_.resize(history_.size() - count);
}

int Matcher::only_byte(StateId state, bool& none) {
  int only = -1;
  none = false;
  for (int byte = 0; byte < 256; ++byte) {
    if (automaton_->step(state, uint8_t(byte)) == kDeadState) continue;
    if (only >= 0) return -1;
    only = byte;
  }
  none = only < 0;
  return only;
}

std::vector<uint8_t> Matcher::forced_bytes(size_t max_size) {
  automaton_->refuel();
  std::vector<uint8_t> bytes;
  StateId state = here().state;
  if (here().ended) return bytes;
  size_t whole = 0;    // bytes without a control token that has only begun
  size_t control = 0;  // bytes of one that are still to come
  while (state != kDeadState && bytes.size() < max_size && !automaton_->accepts(state)) {
    bool none = false;
    const int byte = only_byte(state, none);
    if (byte < 0 || automaton_->is_exhausted()) break;
    state = automaton_->step(state, uint8_t(byte));
    control = control > 0 ? control - 1 : byte == kControlTokenByte ? control_token_bytes(0).size() - 1 : 0;
    bytes.push_back(uint8_t(byte));
    if (control == 0) whole = bytes.size();
  }
  bytes.resize(whole);
  return bytes;
}

bool Matcher::may_end() {
  return here().ended || (here().state != kDeadState && automaton_->accepts(here().state));
}

bool Matcher::must_end() {
  if (here().ended) return true;
  if (!may_end()) return false;
  automaton_->refuel();
  bool none = false;
  only_byte(here().state, none);
  return none && !automaton_->is_exhausted();
}

}  // namespace hearth::grammar
