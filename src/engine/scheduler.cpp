#include "engine/scheduler.h"

#include <algorithm>

#include "base/check.h"

namespace hearth {

void Scheduler::remove(Sequence* sequence) {
  if (sequence->status == SequenceStatus::kRunning) {
    remember(*sequence);
    ledger_.release(sequence->tables);
    ledger_.take_back_promise(sequence->max_length);
    std::erase(running_, sequence);
  } else {
    std::erase(waiting_, sequence);
  }
  sequence->status = SequenceStatus::kFinished;
}

void Scheduler::admit() {
  while (!waiting_.empty() && running_.size() < limits_.max_running) {
    Sequence* sequence = waiting_.front();
    if (!ledger_.promise(sequence->max_length)) return;
    waiting_.pop_front();
    sequence->status = SequenceStatus::kRunning;
    sequence->tables = ledger_.empty_tables();
    if (prefixes_ != nullptr) {
      const auto known = std::span(sequence->tokens).first(sequence->num_reusable());
      sequence->num_computed = prefixes_->match(sequence->cache_salt, known, sequence->tables);
      sequence->num_cached_tokens = sequence->num_computed;
    }
    running_.push_back(sequence);
  }
}

void Scheduler::remember(Sequence& sequence) {
  if (prefixes_ == nullptr) return;
  prefixes_->insert(sequence.cache_salt, std::span(sequence.tokens).first(sequence.num_computed),
                    sequence.tables);
}

void Scheduler::add_chunk(Sequence* sequence, size_t& budget, std::vector<ScheduledChunk>& chunks) {
  const size_t num_tokens = std::min(sequence->num_pending(), budget);
  if (num_tokens == 0) return;
  const bool grown = ledger_.grow(sequence->tables, sequence->num_computed + num_tokens);
  CHECK(grown);  // promised at admission
  chunks.push_back({sequence, num_tokens});
  budget -= num_tokens;
}

std::vector<ScheduledChunk> Scheduler::schedule() {
  admit();
  std::vector<ScheduledChunk> chunks;
  size_t budget = limits_.token_budget;
  for (Sequence* sequence : running_) {
    if (sequence->num_pending() == 1) add_chunk(sequence, budget, chunks);
  }
  for (Sequence* sequence : running_) {
    if (sequence->num_pending() > 1) add_chunk(sequence, budget, chunks);
  }
  return chunks;
}

void Scheduler::complete(const std::vector<ScheduledChunk>& chunks) {
  for (const ScheduledChunk& chunk : chunks) {
    const bool was_prompt = chunk.sequence->num_computed < chunk.sequence->num_prompt_tokens;
    chunk.sequence->num_computed += chunk.num_tokens;
    // Others may share a prompt from the moment it is computed.
    if (was_prompt && chunk.sequence->num_pending() == 0) remember(*chunk.sequence);
    ledger_.pass_window(chunk.sequence->tables, chunk.sequence->num_computed);
  }
}

}  // namespace hearth
