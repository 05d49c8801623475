#pragma once

#include <algorithm>
#include <vector>

#include "base/checked_math.h"
#include "models/causal_model.h"

namespace hearth {

/// A KV cache for tests that run a model without an engine: a fixed number of sequences, each with blocks of
/// its own, which lie scattered and are numbered otherwise in every group.
class PagedCache {
 public:
  PagedCache(const CausalModel& model, DType dtype, int num_sequences, int max_positions) {
    const int blocks_each = ceil_div(max_positions, kKvBlockTokens);
    const int num_blocks = num_sequences * blocks_each;
    tables_.resize(size_t(num_sequences));
    for (const CacheSpec& spec : model.cache_specs()) {
      Backend& device = model.placement().device(spec.device);
      const bool is_state = spec.kind == CacheSpec::Kind::kState;
      const size_t layer_bytes =
          round_up(is_state ? spec.state_bytes
                            : device.kv_block_bytes({dtype, spec.num_kv_heads, spec.key_dim, spec.value_dim}),
                   size_t{64});
      KvGroup group;
      group.block_stride = layer_bytes * spec.layers.size();
      group.dtype = dtype;
      for (size_t layer = 0; layer < spec.layers.size(); ++layer) {
        group.layer_offsets.push_back(layer * layer_bytes);
      }
      Result<DeviceBuffer> pool = device.allocate(group.block_stride * size_t(num_blocks));
      CHECK(pool.has_value());
      group.base = pool->address();
      pools_.push_back(std::move(*pool));
      for (int sequence = 0; sequence < num_sequences; ++sequence) {
        std::vector<int32_t> table;
        for (int i = 0; i < blocks_each; ++i) table.push_back(i * num_sequences + sequence);
        if (groups_.size() % 2 == 0) {
          for (int32_t& block : table) block = num_blocks - 1 - block;
        }
        if (is_state) table.resize(1);
        tables_[size_t(sequence)].push_back(std::move(table));
      }
      groups_.push_back(std::move(group));
    }
  }

  std::span<const KvGroup> groups() const { return groups_; }

  /// Of one sequence, a table for each group.
  std::vector<std::span<const int32_t>> block_tables(int sequence) const {
    const std::vector<std::vector<int32_t>>& tables = tables_[size_t(sequence)];
    return {tables.begin(), tables.end()};
  }

 private:
  std::vector<DeviceBuffer> pools_;
  std::vector<KvGroup> groups_;
  std::vector<std::vector<std::vector<int32_t>>> tables_;  ///< [sequences][groups][blocks]
};

/// The rows [begin, end) of a sequence that one batch of a test runs.
struct SequencePart {
  int sequence;
  std::span<const int32_t> tokens;  ///< the whole sequence
  int begin, end;
};

/// Runs one batch and gives the logits of all its rows, [rows, vocab_size].
inline std::vector<float> run_batch(CausalModel& model, const PagedCache& cache,
                                    std::span<const SequencePart> parts) {
  std::vector<int32_t> ids, positions, rows;
  std::vector<BatchSequence> sequences;
  for (const SequencePart& part : parts) {
    sequences.push_back({.first_row = int32_t(ids.size()),
                         .num_rows = part.end - part.begin,
                         .first_position = part.begin,
                         .block_tables = cache.block_tables(part.sequence)});
    for (int position = part.begin; position < part.end; ++position) {
      rows.push_back(int32_t(ids.size()));
      ids.push_back(part.tokens[size_t(position)]);
      positions.push_back(position);
    }
  }
  std::vector<float> logits(ids.size() * size_t(model.config().vocab_size));
  model.submit({.token_ids = ids, .positions = positions, .sequences = sequences, .logits_rows = rows},
               cache.groups());
  model.collect(logits);
  return logits;
}

}  // namespace hearth
