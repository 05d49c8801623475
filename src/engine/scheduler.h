#pragma once

#include <deque>
#include <vector>

#include "engine/kv_ledger.h"
#include "engine/prefix_cache.h"
#include "engine/sequence.h"

namespace hearth {

/// A run of a sequence's pending tokens that is computed in the next step.
struct ScheduledChunk {
  Sequence* sequence;
  size_t num_tokens;

  /// Whether the chunk reaches the last known token.
  bool is_last() const { return num_tokens == sequence->num_pending(); }
  /// Whether the next token is drawn from its last row.
  bool draws() const { return is_last() && sequence->answers(); }
};

struct SchedulerLimits {
  size_t token_budget = 512;  ///< most tokens of one step
  size_t max_running = 1;     ///< most sequences at once
};

/// Decides what the next step computes: every running answer gets its token, and what is left of the budget
/// goes to prompts, first come, first served. A sequence starts once the KV pools can hold all it may come
/// to, so none is stopped half way. Pure: no device, no clock. Not thread-safe. The sequences belong to the
/// caller.
class Scheduler {
 public:
  /// `prefixes` may be null.
  Scheduler(KvLedger& ledger, PrefixCache* prefixes, SchedulerLimits limits)
      : ledger_(ledger), prefixes_(prefixes), limits_(limits) {}

  void add(Sequence* sequence) { waiting_.push_back(sequence); }
  /// Takes a sequence out, wherever it is, and frees its blocks.
  void remove(Sequence* sequence);

  /// The chunks of the next step; their sequences hold the blocks for them. Empty only where no sequence is
  /// left.
  std::vector<ScheduledChunk> schedule();
  /// The step is done: the chunks' tokens are in the cache.
  void complete(const std::vector<ScheduledChunk>& chunks);

  size_t num_waiting() const { return waiting_.size(); }
  size_t num_running() const { return running_.size(); }

 private:
  void admit();
  void remember(Sequence& sequence);
  void add_chunk(Sequence* sequence, size_t& budget, std::vector<ScheduledChunk>& chunks);

  KvLedger& ledger_;
  PrefixCache* prefixes_;
  SchedulerLimits limits_;
  std::deque<Sequence*> waiting_;   ///< in order of arrival
  std::vector<Sequence*> running_;  ///< in order of arrival
};

}  // namespace hearth
