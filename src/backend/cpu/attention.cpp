#include "backend/cpu/attention.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "backend/hadamard.h"
#include "backend/host/host_views.h"
#include "base/grow.h"

namespace hearth::cpu {

namespace {

/// From this many queries on, decoding a chunk once is cheaper than decoding it in every tile.
constexpr int kExpandQueries = 3 * kMaxQueries;
/// Consecutive chunks that a thread takes at once, so that one asks for the next one's keys in time.
constexpr int64_t kTasksAtOnce = 4;

/// By what a head's sum of weighed values is multiplied. The sink joins after all positions, so that it takes
/// no part in how they are cut into chunks.
float share_of_total(const AttentionOp& op, int head, float highest, float total) {
  if (!op.sinks) return 1.0f / total;
  const double sink = host_floats(op.sinks)[head], top = sink > highest ? sink : highest;
  const double keep = std::exp(highest - top);
  return float(keep / (total * keep + std::exp(sink - top)));
}

bool sees(const AttentionPlan::Row& row, int chunk) {
  return row.last_visible >= chunk * kAttentionChunk && row.first_visible < (chunk + 1) * kAttentionChunk;
}

}  // namespace

AttentionRunner::State AttentionRunner::state(std::vector<float>& memory, int64_t num_queries) const {
  grow(memory, size_t(state_floats(layout_, num_queries)));
  float* at = memory.data();
  return {at, at + num_queries, at + 2 * num_queries};
}

AttentionRunner::State AttentionRunner::part(const Job& job, int chunk) {
  const int64_t queries = int64_t(job.num_rows) * plan_.group();
  const int64_t first = job.first_part + queries * (chunk - job.first_chunk);
  const State all = state(parts_, plan_.num_parts());
  return {all.highest + first, all.total + first, all.out + first * layout_.value_stride};
}

void AttentionRunner::prepare(Worker& worker) const {
  grow(worker.scores, size_t(kMaxQueries * kAttentionChunk));
  state(worker.tile, kMaxQueries);
  state(worker.running, plan_.most_queries());
  if (is_quantized(layout_.codec)) {
    const auto groups = size_t(plan_.most_queries() * layout_.key_groups);
    grow(worker.quants, groups * kKvGroup);
    grow(worker.scales, groups);
    grow(worker.sums, groups);
  }
}

void AttentionRunner::quantize_queries(const AttentionOp& op, const Job& job, Worker& worker) const {
  if (!is_quantized(layout_.codec)) return;
  int64_t group = 0;
  for (int r = job.first_row; r < job.first_row + job.num_rows; ++r) {
    for (int head = job.kv_head * plan_.group(); head < (job.kv_head + 1) * plan_.group(); ++head) {
      const float* query = host_row(op.q, plan_.rows()[size_t(r)].row) + int64_t(head) * layout_.key_dim;
      worker.rotated.assign(size_t(layout_.key_groups * kKvGroup), 0.0f);
      std::copy_n(query, layout_.key_dim, worker.rotated.begin());
      rotate_hadamard(worker.rotated.data(), int64_t(worker.rotated.size()));
      kernels_.attention_quantize(worker.rotated.data(), layout_.key_groups,
                                  worker.quants.data() + group * kKvGroup, worker.scales.data() + group,
                                  worker.sums.data() + group);
      group += layout_.key_groups;
    }
  }
}

AttentionRunner::Chunk AttentionRunner::locate(const AttentionOp& op, const Job& job, int chunk,
                                               int first_row) const {
  const std::span<const int32_t> table = plan_.rows()[size_t(first_row)].sequence->block_table;
  const auto first = size_t(chunk) * kChunkBlocks;
  const auto block = [&](size_t index) {
    const int32_t id = index < table.size() ? std::max(table[index], 0) : 0;
    return reinterpret_cast<const uint8_t*>(host_bytes(op.kv.block(id)));
  };
  Chunk at{.keys = {},
           .values = {},
           .next_keys = chunk + 1 < job.last_chunk
                            ? block(first + kChunkBlocks) + layout_.key_offset(job.kv_head)
                            : nullptr,
           .key_codec = layout_.codec,
           .value_codec = layout_.codec,
           .prefetch = true};
  for (size_t i = 0; i < kChunkBlocks; ++i) {
    at.keys[i] = block(first + i) + layout_.key_offset(job.kv_head);
    at.values[i] = block(first + i) + layout_.value_offset(job.kv_head);
  }
  return at;
}

void AttentionRunner::expand(Chunk& chunk, int first_block, int num_tokens, Worker& worker) const {
  if (layout_.codec == KvCodec::kF32) return;
  const auto decode = [&](const uint8_t** blocks, bool is_keys, int dims, std::vector<float>& out) {
    grow(out, size_t(kAttentionChunk * dims));
    kernels_.attention_expand({layout_.codec, blocks, first_block, num_tokens, is_keys, dims, out.data()});
    for (int i = 0; i < kChunkBlocks; ++i) {
      blocks[i] = reinterpret_cast<const uint8_t*>(out.data() + i * kKvBlockTokens * dims);
    }
  };
  chunk.prefetch = false;
  decode(chunk.values, false, layout_.value_stride, worker.values);
  chunk.value_codec = KvCodec::kF32;
  if (is_quantized(layout_.codec)) return;
  decode(chunk.keys, true, layout_.key_dim, worker.keys);
  chunk.key_codec = KvCodec::kF32;
}

void AttentionRunner::fold(const State& chunk, int64_t from, const State& into, int64_t to) const {
  kernels_.attention_merge(layout_.value_stride, chunk.highest[from], chunk.total[from],
                           chunk.out + from * layout_.value_stride, &into.highest[to], &into.total[to],
                           into.out + to * layout_.value_stride);
}

void AttentionRunner::run_tile(const AttentionOp& op, const Job& job, int chunk, const Chunk& at, int query,
                               int count, Worker& worker, const State& into) const {
  const float* queries[kMaxQueries];
  int32_t first[kMaxQueries], last[kMaxQueries], positions[kMaxQueries];
  const float* all_slopes = host_floats(op.alibi_slopes);
  float slopes[kMaxQueries];
  const int chunk_begin = chunk * kAttentionChunk;
  int chunk_end = chunk_begin;
  for (int q = 0; q < count; ++q) {
    const Row& row = plan_.rows()[size_t(job.first_row + (query + q) / plan_.group())];
    const int head = job.kv_head * plan_.group() + (query + q) % plan_.group();
    queries[q] = host_row(op.q, row.row) + int64_t(head) * layout_.key_dim;
    first[q] = row.first_visible;
    last[q] = row.last_visible;
    positions[q] = row.position;
    slopes[q] = all_slopes != nullptr ? all_slopes[head] : 0.0f;
    chunk_end = std::max(chunk_end, std::min(chunk_begin + kAttentionChunk, row.last_visible + 1));
  }
  const int64_t groups = int64_t(query) * layout_.key_groups;
  // Empty where the keys are no quants, and an offset from null is undefined.
  const bool quantized = !worker.quants.empty();
  const State tile = state(worker.tile, kMaxQueries);
  kernels_.attention_chunk({
      .num_queries = count,
      .queries = queries,
      .quantized = {quantized ? worker.quants.data() + groups * kKvGroup : nullptr,
                    quantized ? worker.scales.data() + groups : nullptr,
                    quantized ? worker.sums.data() + groups : nullptr},
      .first_visible = first,
      .last_visible = last,
      .chunk_begin = chunk_begin,
      .chunk_end = chunk_end,
      .keys = at.keys,
      .values = at.values,
      .key_codec = at.key_codec,
      .value_codec = at.value_codec,
      .next_keys = at.next_keys,
      .prefetch = at.prefetch,
      .key_dim = layout_.key_dim,
      .value_dim = layout_.value_stride,
      .key_bytes = layout_.key_bytes,
      .value_bytes = layout_.value_bytes,
      .scale = op.scale,
      .softcap = op.softcap,
      .slopes = all_slopes != nullptr ? slopes : nullptr,
      .positions = positions,
      .scratch = worker.scores.data(),
      .highest = tile.highest,
      .total = tile.total,
      .out = tile.out,
  });
  for (int q = 0; q < count; ++q) fold(tile, q, into, query + q);
}

/// Rows [first_row, last_row) read the same blocks in this chunk.
void AttentionRunner::run_rows(const AttentionOp& op, const Job& job, int chunk, int first_row, int last_row,
                               Worker& worker, const State& into) const {
  const std::vector<Row>& rows = plan_.rows();
  while (first_row < last_row && !sees(rows[size_t(first_row)], chunk)) ++first_row;
  while (first_row < last_row && !sees(rows[size_t(last_row - 1)], chunk)) --last_row;
  if (first_row == last_row) return;
  Chunk at = locate(op, job, chunk, first_row);
  const int end = (last_row - job.first_row) * plan_.group();
  int query = (first_row - job.first_row) * plan_.group();
  if (end - query >= kExpandQueries) {
    int lowest = rows[size_t(first_row)].first_visible, highest = 0;
    for (int row = first_row; row < last_row; ++row) {
      lowest = std::min(lowest, rows[size_t(row)].first_visible);
      highest = std::max(highest, rows[size_t(row)].last_visible);
    }
    const int begin = chunk * kAttentionChunk;
    expand(at, std::max(lowest - begin, 0) / kKvBlockTokens, std::min(highest + 1 - begin, kAttentionChunk),
           worker);
  }
  for (; query < end; query += kMaxQueries) {
    run_tile(op, job, chunk, at, query, std::min(kMaxQueries, end - query), worker, into);
    at.prefetch = false;
  }
}

void AttentionRunner::run_chunk(const AttentionOp& op, const Job& job, int chunk, Worker& worker,
                                const State& into) const {
  const int end = job.first_row + job.num_rows;
  for (int row = job.first_row; row < end;) {
    int last = row + 1;
    while (last < end && plan_.rows()[size_t(last)].shared_chunks > chunk) ++last;
    run_rows(op, job, chunk, row, last, worker, into);
    row = last;
  }
}

void AttentionRunner::finish(const AttentionOp& op, const Job& job, const State& state) const {
  int64_t q = 0;
  for (int r = job.first_row; r < job.first_row + job.num_rows; ++r) {
    float* out = host_row(op.out, plan_.rows()[size_t(r)].row);
    for (int head = job.kv_head * plan_.group(); head < (job.kv_head + 1) * plan_.group(); ++head, ++q) {
      float* sum = state.out + q * layout_.value_stride;
      if (is_quantized(layout_.codec)) rotate_hadamard(sum, layout_.value_stride);
      kernels_.scale(sum, share_of_total(op, head, state.highest[q], state.total[q]), op.kv.shape.value_dim,
                     out + int64_t(head) * op.kv.shape.value_dim);
    }
  }
}

void AttentionRunner::run_whole(const AttentionOp& op, const Job& job, Worker& worker) const {
  const State running = state(worker.running, plan_.most_queries());
  std::fill_n(running.highest, plan_.most_queries(), -INFINITY);
  quantize_queries(op, job, worker);
  for (int chunk = job.first_chunk; chunk < job.last_chunk; ++chunk) {
    run_chunk(op, job, chunk, worker, running);
  }
  finish(op, job, running);
}

void AttentionRunner::run_split(const AttentionOp& op) {
  const State all = state(parts_, plan_.num_parts());
  std::fill_n(all.highest, plan_.num_parts(), -INFINITY);
  const auto num_tasks = int64_t(plan_.tasks().size()), num_jobs = int64_t(plan_.jobs().size());
  std::atomic<int64_t> next_task = 0, next_job = 0;
  pool_.run([&](int thread) {
    Worker& worker = workers_[size_t(thread)];
    int quantized = -1;
    for (int64_t begin; (begin = next_task.fetch_add(kTasksAtOnce)) < num_tasks;) {
      for (int64_t i = begin; i < std::min(begin + kTasksAtOnce, num_tasks); ++i) {
        const AttentionPlan::Task& task = plan_.tasks()[size_t(i)];
        const Job& job = plan_.jobs()[size_t(task.job)];
        if (quantized != task.job) quantize_queries(op, job, worker);
        quantized = task.job;
        run_chunk(op, job, task.chunk, worker, part(job, task.chunk));
      }
    }
    pool_.barrier();
    for (int64_t index = next_job++; index < num_jobs; index = next_job++) {
      const Job& job = plan_.jobs()[size_t(index)];
      const State first = part(job, job.first_chunk);
      for (int chunk = job.first_chunk + 1; chunk < job.last_chunk; ++chunk) {
        const State next = part(job, chunk);
        for (int64_t q = 0; q < int64_t(job.num_rows) * plan_.group(); ++q) fold(next, q, first, q);
      }
      finish(op, job, first);
    }
  });
}

void AttentionRunner::run(const AttentionOp& op) {
  layout_ = KvLayout(op.kv.shape);
  plan_.make(op, pool_.size());
  workers_.resize(size_t(pool_.size()));
  for (Worker& worker : workers_) prepare(worker);
  if (plan_.is_split()) return run_split(op);
  pool_.for_each(int64_t(plan_.jobs().size()), [&](int64_t job, int thread) {
    run_whole(op, plan_.jobs()[size_t(job)], workers_[size_t(thread)]);
  });
}

void AttentionRunner::Work::add(const AttentionOp& op) {
  const KvLayout layout(op.kv.shape);
  const AttentionPlan::Bounds bounds = AttentionPlan::bounds(op, num_threads_);
  const auto grow = [](int64_t& size, int64_t wanted) { size = std::max(size, wanted); };
  grow(tile_, state_floats(layout, kMaxQueries));
  grow(running_, state_floats(layout, bounds.most_queries));
  grow(parts_, state_floats(layout, bounds.num_parts));
  if (is_quantized(layout.codec)) {
    grow(groups_, int64_t(bounds.most_queries) * layout.key_groups);
    grow(rotated_, int64_t(layout.key_groups) * kKvGroup);
  }
  if (layout.codec == KvCodec::kF32 || bounds.most_queries < kExpandQueries) return;
  grow(values_, int64_t(kAttentionChunk) * layout.value_stride);
  if (!is_quantized(layout.codec)) grow(keys_, int64_t(kAttentionChunk) * layout.key_dim);
}

size_t AttentionRunner::Work::bytes() const {
  const int64_t scores = tile_ > 0 ? kMaxQueries * kAttentionChunk : 0;
  const auto of_thread = size_t(scores + tile_ + running_ + keys_ + values_ + rotated_) * sizeof(float) +
                         size_t(groups_) * (kKvGroup + sizeof(float) + sizeof(int32_t));
  return size_t(num_threads_) * of_thread + size_t(parts_) * sizeof(float);
}

}  // namespace hearth::cpu
