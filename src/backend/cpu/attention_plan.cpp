#include "backend/cpu/attention_plan.h"

#include <algorithm>
#include <limits>

#include "backend/attention_window.h"
#include "backend/host/host_batch.h"
#include "base/checked_math.h"

namespace hearth::cpu {

namespace {

/// Queries of one job: enough that decoding a chunk of the cache for them is cheap, few enough that their
/// state stays in the second-level cache.
constexpr int kJobQueries = 128;
/// With fewer jobs than this, threads would not finish together.
constexpr int kJobsPerThread = 8;

/// The blocks of the chunks that are complete and before every row of the sequence: only those are shared.
std::span<const int32_t> settled_blocks(const SequenceRows& sequence) {
  const auto blocks = size_t(sequence.first_position / kAttentionChunk * kChunkBlocks);
  return sequence.block_table.first(std::min(blocks, sequence.block_table.size()));
}

}  // namespace

void AttentionPlan::order_rows(const AttentionOp& op) {
  sequences_.clear();
  for (const SequenceRows& sequence : host_sequences(op.sequences)) sequences_.push_back(&sequence);
  std::ranges::sort(sequences_, [](const SequenceRows* a, const SequenceRows* b) {
    return std::ranges::lexicographical_compare(settled_blocks(*a), settled_blocks(*b));
  });
  rows_.clear();
  for (size_t s = 0; s < sequences_.size(); ++s) {
    const SequenceRows& sequence = *sequences_[s];
    int32_t shared = 0;
    if (s > 0) {
      const auto mine = settled_blocks(sequence), other = settled_blocks(*sequences_[s - 1]);
      shared = int32_t((std::ranges::mismatch(mine, other).in1 - mine.begin()) / kChunkBlocks);
    }
    for (int32_t i = 0; i < sequence.num_rows; ++i) {
      const int32_t position = sequence.first_position + i;
      const VisiblePositions visible = visible_positions(op, sequence, position);
      rows_.push_back({&sequence, sequence.first_row + i, position, visible.first, visible.last,
                       i == 0 ? shared : std::numeric_limits<int32_t>::max()});
    }
  }
}

int AttentionPlan::rows_per_job(int num_rows, int group, int num_kv_heads, int num_threads) {
  const int wanted_cuts = ceil_div(kJobsPerThread * num_threads, num_kv_heads);
  const int most = std::max(1, kJobQueries / group), least = ceil_div(kMaxQueries, group);
  return std::clamp(ceil_div(num_rows, wanted_cuts), std::min(least, most), most);
}

AttentionPlan::Bounds AttentionPlan::bounds(const AttentionOp& op, int num_threads) {
  const int num_kv_heads = op.kv.shape.num_kv_heads, group = op.num_heads / num_kv_heads;
  int last_position = 0;
  const std::span<const SequenceRows> sequences = host_sequences(op.sequences);
  for (const SequenceRows& sequence : sequences)
    last_position = std::max(last_position, sequence.first_position + sequence.num_rows - 1);
  const int num_chunks = last_position / kAttentionChunk + 1;
  Bounds bounds;
  for (int rows = 1; rows <= int(op.q.rows); ++rows) {
    const int rows_at_once = rows_per_job(rows, group, num_kv_heads, num_threads);
    bounds.most_queries = std::max(bounds.most_queries, rows_at_once * group);
    const int num_jobs = num_kv_heads * ceil_div(rows, rows_at_once);
    if (num_threads == 1 || num_jobs >= kJobsPerThread * num_threads) continue;
    int chunks = num_chunks;
    // Rows of several sequences may see windows far apart.
    if (op.window > 0 && sequences.size() == 1) {
      const int64_t seen = op.causal ? op.window : 2 * int64_t(op.window) - 1;
      chunks = int(std::min<int64_t>(chunks, (seen + rows_at_once - 2) / kAttentionChunk + 2));
    }
    if (chunks > 1) bounds.num_parts = std::max(bounds.num_parts, int64_t(rows) * op.num_heads * chunks);
  }
  return bounds;
}

void AttentionPlan::make(const AttentionOp& op, int num_threads) {
  const int num_kv_heads = op.kv.shape.num_kv_heads;
  group_ = op.num_heads / num_kv_heads;
  order_rows(op);
  jobs_.clear();
  tasks_.clear();
  num_parts_ = 0;
  const int num_rows = int(rows_.size());
  const int rows_at_once = rows_per_job(num_rows, group_, num_kv_heads, num_threads);
  most_queries_ = rows_at_once * group_;
  for (int kv_head = 0; kv_head < num_kv_heads; ++kv_head) {
    for (int row = 0; row < num_rows; row += rows_at_once) {
      Job job{kv_head, row,       std::min(rows_at_once, num_rows - row), std::numeric_limits<int>::max(),
              0,       num_parts_};
      for (int i = row; i < row + job.num_rows; ++i) {
        job.first_chunk = std::min(job.first_chunk, rows_[size_t(i)].first_visible / kAttentionChunk);
        job.last_chunk = std::max(job.last_chunk, rows_[size_t(i)].last_visible / kAttentionChunk + 1);
      }
      num_parts_ += int64_t(job.last_chunk - job.first_chunk) * job.num_rows * group_;
      jobs_.push_back(job);
    }
  }
  is_split_ = num_threads > 1 && int(jobs_.size()) < kJobsPerThread * num_threads;
  if (!is_split_) return;
  for (size_t job = 0; job < jobs_.size(); ++job) {
    for (int chunk = jobs_[job].first_chunk; chunk < jobs_[job].last_chunk; ++chunk) {
      tasks_.push_back({int(job), chunk});
    }
  }
  is_split_ = tasks_.size() > jobs_.size();
}

}  // namespace hearth::cpu
