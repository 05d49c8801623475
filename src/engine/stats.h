#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace hearth {

/// What an engine has done and holds, as of the end of its last step. Counts only grow.
struct EngineStats {
  /// Steps by the sequences they computed: bucket i counts steps of at most 2^i, the last one all others.
  static constexpr size_t kBatchBuckets = 9;

  size_t num_running = 0;
  size_t num_waiting = 0;
  size_t num_kv_blocks = 0;         ///< of all cache groups
  size_t num_kv_blocks_used = 0;    ///< in use by running requests
  size_t num_kv_blocks_cached = 0;  ///< hold prefixes of no running request; evicted when needed

  bool spill_ready = false;    ///< the weights are identified, so that prefixes are saved and found
  bool spill_failing = false;  ///< the last prefix to be saved could not be

  uint64_t num_steps = 0;
  uint64_t num_step_sequences = 0;  ///< sum over steps; divided by num_steps, the mean batch
  uint64_t num_computed_tokens = 0;
  std::array<uint64_t, kBatchBuckets> batch_sizes{};

  uint64_t num_submitted = 0;
  uint64_t num_refused = 0;  ///< for a full queue
  uint64_t num_finished = 0;
  uint64_t num_prompt_tokens = 0;  ///< of requests that have started
  uint64_t num_cached_tokens = 0;  ///< of those, found in the cache
  uint64_t num_generated_tokens = 0;
  uint64_t num_forced_tokens = 0;  ///< of those, set without a draw
  uint64_t num_preemptions = 0;
  uint64_t num_draft_tokens = 0;
  uint64_t num_accepted_tokens = 0;  ///< of those
};

}  // namespace hearth
