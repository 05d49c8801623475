#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backend/device_memory.h"
#include "models/blocks/cache_spec.h"
#include "models/model.h"

namespace hearth {

/// The key-value memory of one cache group, on the group's device: one pool of blocks that hold every layer
/// of the group side by side.
struct KvGroup {
  DeviceAddress base = {};
  size_t block_stride = 0;            ///< bytes of a block, all layers of the group
  std::vector<size_t> layer_offsets;  ///< [CacheSpec::layers.size()] within a block
  DType dtype = DType::kF16;
};

/// One sequence's part of a batch: see SequenceRows; a block table for each cache group.
struct BatchSequence {
  int32_t first_row = 0;
  int32_t num_rows = 0;
  int32_t first_position = 0;
  /// [groups] Of a group of states one block, or two: the first has the state before the sequence's first
  /// row, unless that is at position 0, where it is zero; the last takes the state behind its last row.
  std::vector<std::span<const int32_t>> block_tables;
};

/// A flat batch: prefill chunks and decodes of any number of sequences, rows of a sequence side by side.
struct ForwardBatch {
  std::span<const int32_t> token_ids;  ///< [num_tokens]
  std::span<const int32_t> positions;  ///< [num_tokens]; rows of a sequence count up from its first_position
  std::span<const BatchSequence> sequences;
  std::span<const int32_t> logits_rows;  ///< rows whose logits are wanted, ascending
};

/// A model whose tokens see those before them, which it keeps in caches: it says what may come next.
class CausalModel : public Model {
 public:
  virtual std::span<const CacheSpec> cache_specs() const = 0;

  /// Starts a step: appends keys and values to the groups' blocks (one KvGroup per CacheSpec) and computes
  /// the logits of the wanted rows. What the batch refers to stays in place until `collect`, which comes
  /// next. The CPU computes here, other devices while the host does something else.
  virtual void submit(const ForwardBatch& batch, std::span<const KvGroup> groups) = 0;

  /// Waits for the step. Logits of the wanted rows, [logits_rows.size(), vocab_size], to host memory.
  virtual void collect(std::span<float> logits) = 0;

  /// Logits of more rows of the batch that was collected last, [rows.size(), vocab_size]. Rows ascend.
  virtual void read_logits(std::span<const int32_t> rows, std::span<float> logits) = 0;

  /// Hidden states behind the final norm of `num_rows` rows of the batch that was collected last, from
  /// `first_row` on: [num_rows, hidden_size].
  virtual void read_hidden(int32_t first_row, int32_t num_rows, std::span<float> hidden) = 0;

  /// Scores of a text by the classification head; 0: there is none.
  virtual int num_labels() const = 0;
  /// What the head gives for a row of the batch that was collected last, as it is before any softmax or
  /// sigmoid: [num_labels]. Needs a head.
  virtual void read_scores(int32_t row, std::span<float> scores) = 0;
};

}  // namespace hearth
