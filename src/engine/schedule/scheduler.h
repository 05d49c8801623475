#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/cache/kv_ledger.h"
#include "engine/cache/prefix_cache.h"
#include "engine/schedule/sequence.h"

namespace hearth {

/// A run of a sequence's pending tokens that is computed in the next step, and perhaps guesses at what
/// follows them.
struct ScheduledChunk {
  Sequence* sequence;
  size_t num_tokens;
  size_t num_drafts = 0;  ///< of sequence->drafts, behind the tokens

  size_t num_rows() const { return num_tokens + num_drafts; }
  /// Whether the chunk reaches the last known token.
  bool is_last() const { return num_tokens == sequence->num_pending(); }
  /// Whether the next token is drawn from its last row.
  bool draws() const { return is_last() && sequence->answers(); }
};

/// Most guesses in a step, all sequences together.
inline constexpr size_t kMaxDraftRows = 32;

struct SchedulerLimits {
  size_t token_budget = 512;  ///< most rows of one step
  size_t max_running = 1;     ///< most sequences at once
  size_t max_draft_rows = kMaxDraftRows;
};

/// Decides what the next step computes. Pure: no device, no clock. Not thread-safe. The sequences belong to
/// the caller.
///
/// - Every running answer gets its token first; prompts share what is left of the budget, half of it to the
///   one that has waited longest, the rest to the shortest.
/// - A sequence starts when the pools can hold what it has now, beside what the running ones have; nothing is
///   reserved for what may come. When blocks run short, the newest sequence of the last priority gives its
///   own up and waits; it keeps its tokens and is computed again.
/// - Among a tenant's requests each level of priority counts as kStepsPerPriority steps of waiting, so that
///   all come to their turn.
/// - Where another tenant waits, a tenant that has at least two more running than it gives its newest up, for
///   later: nobody keeps the others out by long answers.
/// - Tenants take turns by the tokens they were served, where each level of priority of a tenant's next
///   request counts as kTokensPerPriority tokens: it moves its turn, but not its share.
/// - A sequence whose prefix another is computing now waits for it instead of computing it too; so does one
///   whose prefix is read from beyond memory, while others run.
class Scheduler {
 public:
  static constexpr int64_t kStepsPerPriority = 64;
  static constexpr int64_t kTokensPerPriority = 512;
  static constexpr int kMaxPriority = 16;  ///< beyond it, up or down, all are alike

  /// `prefixes` may be null.
  Scheduler(KvLedger& ledger, PrefixCache* prefixes, SchedulerLimits limits)
      : ledger_(ledger), prefixes_(prefixes), limits_(limits) {}

  void add(Sequence* sequence);
  /// Takes a sequence out, wherever it is, and frees its blocks.
  void remove(Sequence* sequence);

  /// The chunks of the next step; their sequences hold the blocks for them. Where answers get tokens too, at
  /// most `prompt_budget` tokens of prompts. Empty only where no sequence is left.
  std::vector<ScheduledChunk> schedule(size_t prompt_budget);
  /// The step is done: the chunks' tokens are in the cache.
  void complete(const std::vector<ScheduledChunk>& chunks);
  /// Of a chunk's guesses, `num_accepted` were right and are tokens now.
  void settle(const ScheduledChunk& chunk, size_t num_accepted);

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
    int64_t num_served = 0;  ///< tokens, lifted to the others' when it comes back
    size_t num_running = 0;
    std::set<Sequence*, Earlier> waiting;

    /// Whoever has the least goes next.
    int64_t turn(const Sequence& next) const { return num_served + kTokensPerPriority * level_of(next); }
  };

  int64_t fair_level() const;
  void admit();
  Sequence* newest_of_greediest(const Tenant& needy) const;
  bool make_way(const Tenant& needy);
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
  bool add_chunk(Sequence& sequence, size_t num_tokens);
  void remember(Sequence& sequence, bool with_tail);

  KvLedger& ledger_;
  PrefixCache* prefixes_;
  SchedulerLimits limits_;
  std::map<std::string, Tenant, std::less<>> tenants_;
  int64_t served_ = 0;              ///< of the waiting tenant with the least when one was picked last
  std::vector<Sequence*> running_;  ///< earlier ones first
  std::vector<ScheduledChunk> chunks_;
  Sequence* loading_ = nullptr;  ///< waiting, while its prefix is brought back to memory
  size_t num_left_to_load_ = 0;  ///< blocks that loading_ may still bring back
  size_t num_waiting_ = 0;
  int64_t num_steps_ = 0;
  uint64_t num_preemptions_ = 0;
};

}  // namespace hearth
