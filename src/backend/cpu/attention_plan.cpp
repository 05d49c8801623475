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
      rows_.push_back({&sequence, sequence.first_row + i, first_visible(position, op.window), position,
                       i == 0 ? shared : std::numeric_limits<int32_t>::max()});
    }
  }
}

int AttentionPlan::rows_per_job(int num_kv_heads, int num_threads) const {
  const int rows = int(rows_.size());
  const int wanted_cuts = ceil_div(8 * num_threads, num_kv_heads);
  const int most = std::max(1, kJobQueries / group_), least = ceil_div(kMaxQueries, group_);
  return std::clamp(ceil_div(rows, wanted_cuts), std::min(least, most), most);
}

void AttentionPlan::make(const AttentionOp& op, int num_threads) {
  const int num_kv_heads = op.kv.shape.num_kv_heads;
  group_ = op.num_heads / num_kv_heads;
  order_rows(op);
  jobs_.clear();
  tasks_.clear();
  num_parts_ = 0;
  const int num_rows = int(rows_.size()), rows_at_once = rows_per_job(num_kv_heads, num_threads);
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
  is_split_ = num_threads > 1 && int(jobs_.size()) < 8 * num_threads;
  if (!is_split_) return;
  for (size_t job = 0; job < jobs_.size(); ++job) {
    for (int chunk = jobs_[job].first_chunk; chunk < jobs_[job].last_chunk; ++chunk) {
      tasks_.push_back({int(job), chunk});
    }
  }
  is_split_ = tasks_.size() > jobs_.size();
}

}  // namespace hearth::cpu
