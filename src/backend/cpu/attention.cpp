#include "backend/cpu/attention.h"

#include <algorithm>
#include <cmath>

#include "backend/rope.h"

namespace hearth::cpu {

namespace {

struct Query {
  int row;   ///< of the sequence
  int head;  ///< of the query
};

}  // namespace

void AttentionRunner::plan(const AttentionOp& op) {
  const int group = op.num_heads / op.kv.shape.num_kv_heads;
  // One decoded row alone: half groups, so that an odd number of kv heads still spreads over two threads.
  const bool lone = op.q.rows < pool_.size() && group > 1 && op.kv.shape.num_kv_heads % pool_.size() != 0;
  const int heads_at_once = std::min(lone ? (group + 1) / 2 : group, kMaxQueries);
  const int rows_at_once = std::max(1, kMaxQueries / heads_at_once);
  jobs_.clear();
  num_parts_ = 0;
  for (const SequenceRows& sequence : op.sequences) {
    for (int row = 0; row < sequence.num_rows; row += rows_at_once) {
      const int rows = std::min(rows_at_once, sequence.num_rows - row);
      const int first = first_visible(sequence.first_position + row, op.window);
      const int last = sequence.first_position + row + rows - 1;
      for (int head = 0; head < op.num_heads;) {
        const int kv_head = head / group;
        const int heads = std::min(heads_at_once, (kv_head + 1) * group - head);
        Job job{
            &sequence, row, rows, kv_head, head, heads, first / kAttentionChunk, last / kAttentionChunk + 1,
            num_parts_};
        num_parts_ += job.last_chunk - job.first_chunk;
        jobs_.push_back(job);
        head += heads;
      }
    }
  }
}

void AttentionRunner::run_chunk(const AttentionOp& op, const KvLayout& layout, const Job& job, int chunk,
                                float* scores, Part& part) const {
  const float* queries[kMaxQueries];
  int32_t first[kMaxQueries], last[kMaxQueries];
  int count = 0;
  for (int row = job.first_row; row < job.first_row + job.num_rows; ++row) {
    const int position = job.sequence->first_position + row;
    for (int head = job.first_head; head < job.first_head + job.num_heads; ++head, ++count) {
      queries[count] = op.q.row(job.sequence->first_row + row) + int64_t(head) * layout.key_dim;
      first[count] = first_visible(position, op.window);
      last[count] = position;
    }
  }
  kernels_.attention_chunk({
      .num_queries = count,
      .queries = queries,
      .first_visible = first,
      .last_visible = last,
      .chunk_begin = chunk * kAttentionChunk,
      .chunk_end = std::min((chunk + 1) * kAttentionChunk, last[count - 1] + 1),
      .block_table = job.sequence->block_table.data(),
      .base = reinterpret_cast<const uint8_t*>(op.kv.base),
      .block_stride = op.kv.block_stride,
      .key_offset = layout.key_offset(job.kv_head),
      .value_offset = layout.value_offset(job.kv_head),
      .key_dim = layout.key_dim,
      .value_dim = layout.value_stride,
      .half = layout.element == 2,
      .scale = op.scale,
      .softcap = op.softcap,
      .scratch = scores,
      .highest = part.highest,
      .total = part.total,
      .out = part.out,
  });
}

void AttentionRunner::merge(const Job& job, const KvLayout& layout, const Part& chunk, Part& running) const {
  for (int q = 0; q < job.num_rows * job.num_heads; ++q) {
    kernels_.attention_merge(layout.value_stride, chunk.highest[q], chunk.total[q],
                             chunk.out + int64_t(q) * layout.value_stride, &running.highest[q],
                             &running.total[q], running.out + int64_t(q) * layout.value_stride);
  }
}

void AttentionRunner::finish(const AttentionOp& op, const KvLayout& layout, const Job& job,
                             const Part& part) const {
  int q = 0;
  for (int row = job.first_row; row < job.first_row + job.num_rows; ++row) {
    for (int head = job.first_head; head < job.first_head + job.num_heads; ++head, ++q) {
      float* out = op.out.row(job.sequence->first_row + row) + int64_t(head) * op.kv.shape.value_dim;
      kernels_.scale(part.out + int64_t(q) * layout.value_stride, 1.0f / part.total[q], op.kv.shape.value_dim,
                     out);
    }
  }
}

void AttentionRunner::run_whole(const AttentionOp& op, const KvLayout& layout, const Job& job,
                                Worker& worker) const {
  Part running;
  running.out = worker.running_out.data();
  std::ranges::fill(running.highest, -INFINITY);
  Part chunk_part;
  chunk_part.out = worker.chunk_out.data();
  for (int chunk = job.first_chunk; chunk < job.last_chunk; ++chunk) {
    run_chunk(op, layout, job, chunk, worker.scores.data(), chunk_part);
    merge(job, layout, chunk_part, running);
  }
  finish(op, layout, job, running);
}

void AttentionRunner::run_split(const AttentionOp& op, const KvLayout& layout) {
  const size_t part_size = size_t(kMaxQueries * layout.value_stride);
  parts_.resize(size_t(num_parts_));
  part_jobs_.resize(size_t(num_parts_));
  if (parts_out_.size() < size_t(num_parts_) * part_size) parts_out_.resize(size_t(num_parts_) * part_size);
  for (size_t job = 0; job < jobs_.size(); ++job) {
    for (int chunk = jobs_[job].first_chunk; chunk < jobs_[job].last_chunk; ++chunk) {
      const auto part = size_t(jobs_[job].first_part + chunk - jobs_[job].first_chunk);
      part_jobs_[part] = int(job);
      parts_[part].out = parts_out_.data() + part * part_size;
    }
  }
  std::atomic<int64_t> next_part = 0, next_job = 0;
  pool_.run([&](int thread) {
    float* scores = workers_[size_t(thread)].scores.data();
    for (int64_t part = next_part++; part < num_parts_; part = next_part++) {
      const Job& job = jobs_[size_t(part_jobs_[size_t(part)])];
      run_chunk(op, layout, job, job.first_chunk + int(part - job.first_part), scores, parts_[size_t(part)]);
    }
    pool_.barrier();
    for (int64_t index = next_job++; index < int64_t(jobs_.size()); index = next_job++) {
      const Job& job = jobs_[size_t(index)];
      Part& running = parts_[size_t(job.first_part)];
      for (int chunk = 1; chunk < job.last_chunk - job.first_chunk; ++chunk) {
        merge(job, layout, parts_[size_t(job.first_part + chunk)], running);
      }
      finish(op, layout, job, running);
    }
  });
}

void AttentionRunner::run(const AttentionOp& op) {
  const KvLayout layout(op.kv.shape);
  plan(op);
  workers_.resize(size_t(pool_.size()));
  for (Worker& worker : workers_) {
    worker.scores.resize(size_t(kMaxQueries * kAttentionChunk));
    worker.chunk_out.resize(size_t(kMaxQueries * layout.value_stride));
    worker.running_out.resize(size_t(kMaxQueries * layout.value_stride));
  }
  // Few jobs over a long context leave threads idle unless the context itself is shared out.
  const auto num_jobs = int64_t(jobs_.size());
  if (num_jobs < int64_t{4} * pool_.size() && num_parts_ > num_jobs) {
    run_split(op, layout);
    return;
  }
  std::atomic<int64_t> next = 0;
  pool_.run([&](int thread) {
    for (int64_t job = next++; job < num_jobs; job = next++) {
      run_whole(op, layout, jobs_[size_t(job)], workers_[size_t(thread)]);
    }
  });
}

}  // namespace hearth::cpu
