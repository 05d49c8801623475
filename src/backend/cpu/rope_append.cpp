#include "backend/cpu/rope_append.h"

#include "backend/cpu/kv_store.h"
#include "backend/host/host_batch.h"
#include "backend/host/query_scale.h"

namespace hearth::cpu {

namespace {

void rotate(float* head, RopeLayout layout, const float* cos, const float* sin, int64_t half) {
  if (layout == RopeLayout::kPairs) {
    for (int64_t i = 0; i < half; ++i) {
      const float x = head[2 * i], y = head[2 * i + 1];
      head[2 * i] = x * cos[i] - y * sin[i];
      head[2 * i + 1] = x * sin[i] + y * cos[i];
    }
    return;
  }
  for (int64_t i = 0; i < half; ++i) {
    const float x = head[i], y = head[half + i];
    head[i] = x * cos[i] - y * sin[i];
    head[half + i] = x * sin[i] + y * cos[i];
  }
}

/// What is no number stays none.
void clamp(float* values, int64_t count, float limit) {
  for (int64_t i = 0; i < count; ++i)
    values[i] = values[i] > limit ? limit : values[i] < -limit ? -limit : values[i];
}

/// One head of one row: heads [0, num_heads) are queries, then come keys (and, with them, values).
void run_head(const RopeAppendOp& op, const KvLayout& layout, const Kernels& kernels,
              const SequenceRows& sequence, int index, int head) {
  const int64_t row = sequence.first_row + index;
  float* at = host_row(op.qkv, row) + int64_t(head) * layout.key_dim;
  const bool is_query = head < op.num_heads;
  const int position = sequence.first_position + index;
  const float* norm = host_floats(is_query ? op.q_norm : op.k_norm);
  if (op.clip > 0) clamp(at, layout.key_dim, op.clip);
  if (norm != nullptr && !op.norm_last) kernels.rms_norm(at, norm, op.norm_eps, layout.key_dim, at);
  rotate(at, op.layout, host_row(op.cos, row), host_row(op.sin, row), op.cos.cols);
  if (norm != nullptr && op.norm_last) kernels.rms_norm(at, norm, op.norm_eps, layout.key_dim, at);
  if (is_query) {
    const float scale = query_scale(op.query_scaling, position);
    if (scale != 1.0f) kernels.scale(at, scale, layout.key_dim, at);
    return;
  }
  const int kv_head = head - op.num_heads;
  const int32_t block = sequence.block_table[size_t(position / kKvBlockTokens)];
  const int token = position % kKvBlockTokens;
  std::byte* base = host_bytes(op.kv.block(block));
  store_key(layout, at, token, base + layout.key_offset(kv_head));
  const int value_dim = op.kv.shape.value_dim;
  float* value = host_row(op.qkv, row) + int64_t(op.num_heads + op.kv.shape.num_kv_heads) * layout.key_dim +
                 int64_t(kv_head) * value_dim;
  if (op.clip > 0) clamp(value, value_dim, op.clip);
  store_value(layout, value, value_dim, token, base + layout.value_offset(kv_head));
}

}  // namespace

void run_rope_append(const RopeAppendOp& op, const Kernels& kernels, ThreadPool& pool) {
  const KvLayout layout(op.kv.shape);
  const int heads = op.num_heads + op.kv.shape.num_kv_heads;
  pool.run([&](int thread) {
    for (const SequenceRows& sequence : host_sequences(op.sequences)) {
      const WorkRange range = split_work(int64_t(sequence.num_rows) * heads, thread, pool.size());
      for (int64_t task = range.begin; task < range.end; ++task) {
        run_head(op, layout, kernels, sequence, int(task / heads), int(task % heads));
      }
    }
  });
}

}  // namespace hearth::cpu
