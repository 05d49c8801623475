#include "engine/schedule/scheduler.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "backend/ops.h"
#include "base/check.h"
#include "base/checked_math.h"

namespace hearth {
namespace {

constexpr size_t kBlock = kKvBlockTokens;
// Waiting requests examined in a step beyond those that start: bounds its time.
constexpr size_t kMaxPassedOver = 64;
// A prefix is worth waiting for where it saves this many tokens more than the cache does now.
constexpr size_t kLeastShared = 16;

}  // namespace

bool Scheduler::Earlier::operator()(const Sequence* a, const Sequence* b) const {
  return a->rank != b->rank ? a->rank < b->rank : a->id < b->id;
}

int64_t Scheduler::level_of(const Sequence& sequence) {
  return std::clamp(sequence.priority, -kMaxPriority, kMaxPriority);
}

/// The least number of tokens served to any tenant that waits.
int64_t Scheduler::fair_level() const {
  int64_t least = std::numeric_limits<int64_t>::max();
  for (const auto& [name, tenant] : tenants_) {
    if (!tenant.waiting.empty()) least = std::min(least, tenant.num_served);
  }
  return least == std::numeric_limits<int64_t>::max() ? served_ : std::max(served_, least);
}

void Scheduler::add(Sequence* sequence) {
  sequence->rank = num_steps_ + kStepsPerPriority * level_of(*sequence);
  Tenant& tenant = tenants_[sequence->tenant];
  // A tenant earns no credit while it asks for nothing.
  if (tenant.waiting.empty()) tenant.num_served = std::max(tenant.num_served, fair_level());
  tenant.waiting.insert(sequence);
  ++num_waiting_;
}

/// Releases a running sequence's blocks; the prefix cache keeps what they hold.
void Scheduler::leave(Sequence& sequence) {
  remember(sequence, true);
  ledger_.release(sequence.tables);
  std::erase(running_, &sequence);
  --tenants_[sequence.tenant].num_running;
}

void Scheduler::remove(Sequence* sequence) {
  if (sequence->status == SequenceStatus::kRunning) {
    leave(*sequence);
  } else {
    if (loading_ == sequence) end_loading();
    tenants_[sequence->tenant].waiting.erase(sequence);
    --num_waiting_;
  }
  sequence->status = SequenceStatus::kFinished;
  // A tenant that was served more than the others is kept until they have caught up.
  std::erase_if(tenants_, [&](const auto& entry) {
    const Tenant& tenant = entry.second;
    return tenant.waiting.empty() && tenant.num_running == 0 && tenant.num_served <= served_;
  });
}

void Scheduler::preempt(Sequence& sequence) {
  leave(sequence);
  sequence.status = SequenceStatus::kWaiting;
  sequence.num_computed = 0;
  sequence.drafts.clear();
  tenants_[sequence.tenant].waiting.insert(&sequence);
  ++num_waiting_;
  ++num_preemptions_;
}

void Scheduler::admit() {
  std::map<Tenant*, std::set<Sequence*, Earlier>::iterator> next;
  for (auto& [name, tenant] : tenants_) {
    if (!tenant.waiting.empty()) next.emplace(&tenant, tenant.waiting.begin());
  }
  size_t num_passed_over = 0;
  while (!next.empty() && num_passed_over < kMaxPassedOver) {
    const auto turn = std::ranges::min_element(next, [](const auto& a, const auto& b) {
      const int64_t of_a = a.first->turn(**a.second), of_b = b.first->turn(**b.second);
      return of_a != of_b ? of_a < of_b : Earlier()(*a.second, *b.second);
    });
    Tenant& tenant = *turn->first;
    const bool can_preempt = preemptible_for(tenant) != nullptr;
    if (running_.size() >= limits_.max_running && !can_preempt) {
      next.erase(turn);
      continue;
    }
    Sequence& sequence = **turn->second++;
    const bool waits = waits_for_prefix(sequence);
    if (!waits && !can_preempt && !can_start(sequence)) return;
    if (waits || waits_for_disk(sequence)) {
      ++num_passed_over;
    } else {
      while (!can_start(sequence)) {
        if (!preempt_for(tenant)) return;
      }
      start(sequence, tenant);
    }
    if (turn->second == tenant.waiting.end()) next.erase(turn);
  }
  if (!running_.empty() || loading_ == nullptr) return;
  // Nothing runs that the disk could hold up.
  Sequence& sequence = *loading_;
  load_cold(true);
  start(sequence, tenants_[sequence.tenant]);
}

bool Scheduler::can_start(const Sequence& sequence) const {
  return running_.size() < limits_.max_running && fits(sequence);
}

/// The sequence to preempt for one of this tenant; null where that would not even out their numbers.
Sequence* Scheduler::preemptible_for(const Tenant& waiting) const {
  const Tenant* largest = &waiting;
  for (const auto& [name, tenant] : tenants_) {
    if (tenant.num_running > largest->num_running) largest = &tenant;
  }
  if (largest->num_running < waiting.num_running + 2) return nullptr;
  const auto newest = std::find_if(running_.rbegin(), running_.rend(), [&](const Sequence* sequence) {
    return &tenants_.find(sequence->tenant)->second == largest;
  });
  return *newest;
}

/// False: there is nothing to preempt for this tenant.
bool Scheduler::preempt_for(const Tenant& waiting) {
  Sequence* victim = preemptible_for(waiting);
  if (victim != nullptr) preempt(*victim);
  return victim != nullptr;
}

/// Whether the pools can hold the sequence's tokens beside what the running ones still lack.
bool Scheduler::fits(const Sequence& sequence) const {
  if (running_.empty()) return true;
  PrefixCache::Known known;
  if (prefixes_ != nullptr) known = prefixes_->peek(sequence.reusable());
  const BlockTables nothing = ledger_.empty_tables();
  for (size_t g = 0; g < ledger_.num_groups(); ++g) {
    // One more for each that runs, so that none is preempted at once.
    const CacheGroup& group = ledger_.group(g);
    int64_t needed =
        int64_t(running_.size()) + 1 + group.num_missing(nothing.groups[g], sequence.tokens.size());
    if (g == 0 && group.needs_all()) needed -= int64_t(known.num_blocks) - known.num_idle;
    for (const Sequence* other : running_) {
      needed += group.num_missing(other->tables.groups[g], other->tokens.size());
    }
    if (needed > group.pool().num_available()) return false;
  }
  return true;
}

void Scheduler::start(Sequence& sequence, Tenant& tenant) {
  served_ = fair_level();
  tenant.waiting.erase(&sequence);
  --num_waiting_;
  ++tenant.num_running;
  sequence.status = SequenceStatus::kRunning;
  sequence.tables = ledger_.empty_tables();
  if (prefixes_ != nullptr) {
    const PrefixCache::Match match = prefixes_->match(sequence.reusable(), sequence.tables);
    sequence.num_computed = match.num_tokens;
    sequence.parts_at = match.num_known;
  }
  if (!sequence.admitted) {
    sequence.admitted = true;
    sequence.num_cached_tokens = std::min(sequence.num_computed, sequence.num_prompt_tokens);
    tenant.num_served += int64_t(sequence.num_pending());
  }
  running_.insert(std::ranges::upper_bound(running_, &sequence, Earlier()), &sequence);
}

/// Whether a running sequence is computing more of this one's prompt than the cache knows.
bool Scheduler::waits_for_prefix(const Sequence& sequence) const {
  if (prefixes_ == nullptr) return false;
  const PrefixText wanted = sequence.reusable();
  for (const Sequence* other : running_) {
    if (other->num_pending() <= 1) continue;
    size_t shared = common_prefix(wanted, other->prefix(other->tokens.size()));
    if (!prefixes_->copies_tails()) shared -= shared % kBlock;
    if (!ledger_.keeps_positions()) shared -= shared % kCheckpointTokens;
    // Known once the block is whole in which the two part, or the prompt is.
    const size_t known_at = std::min(round_up(shared, kBlock), other->tokens.size());
    if (shared < kLeastShared || known_at <= other->num_computed) continue;
    const size_t known = prefixes_->peek(wanted).num_blocks * kBlock;
    if (shared >= known + kLeastShared) return true;
  }
  return false;
}

/// Whether cold blocks of the sequence's prefix are being loaded, or wait their turn: one sequence loads at a
/// time.
bool Scheduler::waits_for_disk(Sequence& sequence) {
  if (prefixes_ == nullptr) return false;
  if (loading_ == nullptr) {
    loading_ = &sequence;
    // Once each: a loaded block may be evicted again before it is used.
    num_left_to_load_ = sequence.tokens.size() / kBlock;
  }
  if (loading_ == &sequence) return load_cold(false);
  return prefixes_->has_cold(sequence.reusable());
}

bool Scheduler::load_cold(bool patient) {
  const bool is_coming = prefixes_->load_cold(loading_->reusable(), patient, num_left_to_load_);
  if (!is_coming) end_loading();
  return is_coming;
}

void Scheduler::end_loading() {
  loading_ = nullptr;
  prefixes_->stop_loading();
}

void Scheduler::remember(Sequence& sequence, bool with_tail) {
  if (prefixes_ == nullptr) return;
  prefixes_->insert(sequence.prefix(sequence.num_computed), sequence.tables, with_tail);
}

/// Gives a sequence blocks for its first `num_tokens`, preempting others where they run short. False where it
/// was preempted itself.
bool Scheduler::make_room(Sequence& sequence, size_t num_tokens) {
  while (!ledger_.grow(sequence.tables, num_tokens)) {
    const auto is_scheduled = [&](const Sequence* other) {
      return std::ranges::any_of(chunks_,
                                 [&](const ScheduledChunk& chunk) { return chunk.sequence == other; });
    };
    // The newest, of those whose tenants have most running.
    size_t most_running = 0;
    for (const auto& [name, tenant] : tenants_) most_running = std::max(most_running, tenant.num_running);
    auto victim = std::find_if(running_.rbegin(), running_.rend(), [&](const Sequence* other) {
      return tenants_.find(other->tenant)->second.num_running + 1 >= most_running && !is_scheduled(other);
    });
    if (victim == running_.rend())
      victim = std::find_if_not(running_.rbegin(), running_.rend(), is_scheduled);
    CHECK(victim != running_.rend());
    Sequence& chosen = **victim;
    CHECK(running_.size() > 1);  // the pools hold any one sequence
    preempt(chosen);
    if (&chosen == &sequence) return false;
  }
  return true;
}

bool Scheduler::add_chunk(Sequence& sequence, size_t num_tokens, bool is_decode) {
  if (!make_room(sequence, sequence.num_computed + num_tokens)) return false;
  sequence.last_step = num_steps_;
  chunks_.push_back({.sequence = &sequence, .num_tokens = num_tokens, .is_decode = is_decode});
  return true;
}

/// Adds the next tokens of decoding sequences, then their drafts; returns the budget that is left.
size_t Scheduler::add_decodes(size_t budget) {
  std::vector<Sequence*> decoding;
  for (Sequence* sequence : running_) {
    if (sequence->decodes()) decoding.push_back(sequence);
  }
  if (decoding.size() > budget) {
    // Not all at once: those that waited longest.
    std::ranges::sort(decoding, [](const Sequence* a, const Sequence* b) {
      return a->last_step != b->last_step ? a->last_step < b->last_step : Earlier()(a, b);
    });
    decoding.resize(budget);
  }
  for (size_t i = 0; i < decoding.size(); ++i) {
    Sequence* sequence = decoding[i];
    // Each of those behind it gets a row before this one gets those of what was forced.
    const size_t num_tokens = std::min(sequence->num_pending(), budget - (decoding.size() - i - 1));
    if (sequence->status != SequenceStatus::kRunning || !add_chunk(*sequence, num_tokens, true)) continue;
    budget -= num_tokens;
    tenants_[sequence->tenant].num_served += int64_t(num_tokens);
  }
  if (!ledger_.keeps_positions()) return budget;  // a state cannot be truncated, so nothing is verified
  size_t num_drafts_left = std::min(budget, limits_.max_draft_rows);
  for (ScheduledChunk& chunk : chunks_) {
    Sequence& sequence = *chunk.sequence;
    if (!chunk.is_last()) continue;
    const size_t most = sequence.max_length - std::min(sequence.max_length, sequence.tokens.size() + 1);
    const size_t count = std::min({sequence.drafts.size(), num_drafts_left, most});
    // No sequence is preempted for drafts.
    if (count == 0 || !ledger_.grow(sequence.tables, sequence.tokens.size() + count)) continue;
    chunk.num_drafts = count;
    num_drafts_left -= count;
    budget -= count;
  }
  return budget;
}

void Scheduler::add_prompts(size_t budget) {
  std::vector<Sequence*> prompts;
  for (Sequence* sequence : running_) {
    if (!sequence->decodes()) prompts.push_back(sequence);
  }
  if (prompts.empty() || budget == 0) return;
  std::vector<size_t> shares(prompts.size(), 0);
  const auto give = [&](size_t index, size_t most) {
    const size_t count = std::min({prompts[index]->num_pending() - shares[index], budget, most});
    shares[index] += count;
    budget -= count;
  };
  give(0, prompts.size() > 1 ? (budget + 1) / 2 : budget);
  std::vector<size_t> by_length(prompts.size());
  for (size_t i = 0; i < by_length.size(); ++i) by_length[i] = i;
  std::ranges::sort(by_length, {}, [&](size_t i) { return std::pair(prompts[i]->num_pending(), i); });
  for (size_t i : by_length) give(i, budget);
  for (size_t i = 0; i < prompts.size(); ++i) {
    if (shares[i] == 0 || prompts[i]->status != SequenceStatus::kRunning) continue;
    add_chunk(*prompts[i], up_to_checkpoint(*prompts[i], shares[i]), false);
  }
}

/// Of a prompt's next `most` tokens, those up to where its state is to be kept: where others had other tokens
/// before, for those that will have the same again, and else at the last multiple of kCheckpointTokens.
size_t Scheduler::up_to_checkpoint(const Sequence& sequence, size_t most) const {
  if (prefixes_ == nullptr || ledger_.keeps_positions()) return most;
  const size_t begin = sequence.num_computed, end = begin + most;
  if (begin < sequence.parts_at && sequence.parts_at < end) return sequence.parts_at - begin;
  if (most == sequence.num_pending()) return most;
  const size_t checkpoint = end - end % kCheckpointTokens;
  return checkpoint > begin ? checkpoint - begin : most;
}

std::vector<ScheduledChunk> Scheduler::schedule(size_t prompt_budget) {
  ++num_steps_;
  chunks_.clear();
  admit();
  const size_t left = add_decodes(limits_.token_budget);
  add_prompts(chunks_.empty() ? left : std::min(left, prompt_budget));
  return std::move(chunks_);
}

void Scheduler::complete(const std::vector<ScheduledChunk>& chunks) {
  for (const ScheduledChunk& chunk : chunks) {
    Sequence& sequence = *chunk.sequence;
    const bool is_prompt =
        (chunk.num_tokens > 1 && !chunk.is_decode) || sequence.num_computed < sequence.num_prompt_tokens;
    const bool is_last = chunk.is_last();
    sequence.num_computed += chunk.num_tokens;
    ledger_.commit(sequence.tables);
    // Others may share a prompt from the moment it is computed.
    if (is_prompt) remember(sequence, is_last);
    ledger_.pass(sequence.tables, sequence.num_computed);
  }
}

void Scheduler::accept(const ScheduledChunk& chunk, size_t num_accepted) {
  Sequence& sequence = *chunk.sequence;
  sequence.num_computed += num_accepted;
  ledger_.truncate(sequence.tables, sequence.num_computed);
  ledger_.pass(sequence.tables, sequence.num_computed);
}

}  // namespace hearth
