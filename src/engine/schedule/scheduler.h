#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/cache/kv_ledger.h"
#include "engine/cache/prefix_cache.h"
#include "engine/schedule/sequence.h"

namespace hearth {

/// A run of a sequence's pending tokens that the next step computes, perhaps with draft tokens behind them.
struct ScheduledChunk {
  Sequence* sequence;
  size_t num_tokens;
  size_t num_drafts = 0;   ///< of sequence->drafts, behind the tokens
  bool is_decode = false;  ///< of a sequence that decodes

  size_t num_rows() const { return num_tokens + num_drafts; }
  /// Whether the chunk reaches the last known token.
  bool is_last() const { return num_tokens == sequence->num_pending(); }
  /// Whether the next token is drawn from its last row.
  bool draws() const { return is_last() && sequence->generates(); }
};

/// Most draft tokens in a step, all sequences together.
inline constexpr size_t kMaxDraftRows = 32;

struct SchedulerLimits {
  size_t token_budget = 512;  ///< most rows of one step
  size_t max_running = 1;     ///< most sequences at once
  size_t max_draft_rows = kMaxDraftRows;
};

/// Decides what the next step computes. Pure: no device, no clock. Not thread-safe. The sequences belong to
/// the caller.
///
/// - Decoding sequences get their token first; prompts share what is left of the budget, half of it for the
///   one that has waited longest, the rest for the shortest.
/// - A sequence starts when the pools can hold its tokens beside those of the running ones; nothing is
///   reserved for later tokens. When blocks run short, the newest sequence of the last priority is preempted:
///   it keeps its tokens, waits and is computed again.
/// - Among a tenant's requests each level of priority counts as kStepsPerPriority steps of waiting, so that
///   none starves.
/// - Where a tenant waits, the newest sequence of one that has at least two more running is preempted for it,
///   so that no tenant keeps the others out by long completions.
/// - Tenants take turns by the tokens they were served, where each level of priority of a tenant's next
///   request counts as kTokensPerPriority tokens: it moves the tenant's turn, not its share.
/// - A sequence whose prefix another one is computing waits to share it; so does one whose prefix is being
///   read from disk, while others run.
class Scheduler {
 public:
  static constexpr int64_t kStepsPerPriority = 64;
  static constexpr int64_t kTokensPerPriority = 512;
  static constexpr int kMaxPriority = 16;  ///< priorities are clamped to +- this

  /// `prefixes` may be null.
  Scheduler(KvLedger& ledger, PrefixCache* prefixes, SchedulerLimits limits)
      : ledger_(ledger), prefixes_(prefixes), limits_(limits) {}

  void add(Sequence* sequence);
  /// Takes a sequence out, wherever it is, and frees its blocks.
  void remove(Sequence* sequence);

  /// The chunks of the next step; their sequences hold the blocks for them. Beside decoding sequences, at
  /// most `prompt_budget` prompt tokens. Empty only where no sequence is left.
  std::vector<ScheduledChunk> schedule(size_t prompt_budget);
  /// The step is done: the chunks' tokens are in the cache.
  void complete(const std::vector<ScheduledChunk>& chunks);
  /// The first `num_accepted` draft tokens of a chunk are the sequence's tokens now; the rest are dropped.
  void accept(const ScheduledChunk& chunk, size_t num_accepted);

  /// Those that run, earlier ones first.
  const std::vector<Sequence*>& running() const { return running_; }
  size_t num_waiting() const { return num_waiting_; }
  size_t num_running() const { return running_.size(); }
  uint64_t num_preemptions() const { return num_preemptions_; }

 private:
  struct Earlier {
    bool operator()(const Sequence* a, const Sequence* b) const;
  };
  static int64_t level_of(const Sequence& sequence);
  struct Tenant {
    int64_t num_served = 0;  ///< tokens, raised to the others' when it comes back
    size_t num_running = 0;
    std::set<Sequence*, Earlier> waiting;

    /// The tenant with the least goes next.
    int64_t turn(const Sequence& next) const { return num_served + kTokensPerPriority * level_of(next); }
  };

  int64_t fair_level() const;
  void admit();
  Sequence* preemptible_for(const Tenant& waiting) const;
  bool preempt_for(const Tenant& waiting);
  bool can_start(const Sequence& sequence) const;
  bool fits(const Sequence& sequence) const;
  void start(Sequence& sequence, Tenant& tenant);
  bool waits_for_prefix(const Sequence& sequence) const;
  bool waits_for_disk(Sequence& sequence);
  bool load_cold(bool patient);
  void end_loading();
  void preempt(Sequence& sequence);
  void leave(Sequence& sequence);
  bool make_room(Sequence& sequence, size_t num_tokens);
  size_t add_decodes(size_t budget);
  void add_prompts(size_t budget);
  size_t up_to_checkpoint(const Sequence& sequence, size_t most) const;
  bool add_chunk(Sequence& sequence, size_t num_tokens, bool is_decode);
  void remember(Sequence& sequence, bool with_tail);

  KvLedger& ledger_;
  PrefixCache* prefixes_;
  SchedulerLimits limits_;
  std::map<std::string, Tenant, std::less<>> tenants_;
  int64_t served_ = 0;              ///< least served to a waiting tenant when one was last picked
  std::vector<Sequence*> running_;  ///< earlier ones first
  std::vector<ScheduledChunk> chunks_;
  Sequence* loading_ = nullptr;  ///< waiting, while its prefix is loaded from disk
  size_t num_left_to_load_ = 0;  ///< blocks that loading_ may still load
  size_t num_waiting_ = 0;
  int64_t num_steps_ = 0;
  uint64_t num_preemptions_ = 0;
};

}  // namespace hearth
