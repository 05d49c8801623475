#pragma once

#include <cstdint>
#include <span>

#include "models/model.h"

namespace hearth {

/// The rows of one text in an encoder's batch, at positions from 0 on.
struct EncoderSequence {
  int32_t first_row = 0;
  int32_t num_rows = 0;  ///< in [1, max_position_embeddings]
};

/// A flat batch of whole texts, side by side in the order of `sequences`; nothing is padded.
struct EncoderBatch {
  std::span<const int32_t> token_ids;    ///< [num_tokens], at most max_batch_tokens
  std::span<const int32_t> token_types;  ///< [num_tokens], each below num_token_types; or none: all are 0
  std::span<const EncoderSequence> sequences;  ///< at most max_batch_sequences
};

/// A model whose tokens see all tokens of their text, before and after them; it keeps nothing. A text's
/// values depend on the text alone, to the bit, whatever else is in the batch.
class EncoderModel : public Model {
 public:
  /// Most texts in one batch: fewer than rows, as each text's keys and values begin at a block of their own.
  virtual int max_batch_sequences() const = 0;
  /// Columns of what `project` gives.
  virtual int embedding_size() const = 0;
  /// Scores of a text by the classification head; 0: there is none.
  virtual int num_labels() const = 0;
  /// Kinds of segments that a token may be of; 1 where the model knows none.
  virtual int num_token_types() const = 0;

  /// Starts a step. What the batch refers to stays in place until `collect`, which comes next. The CPU
  /// computes here, other devices while the host does something else.
  virtual void submit(const EncoderBatch& batch) = 0;

  /// Waits for the step. Hidden states behind the last layer (and the final norm, where there is one) of all
  /// rows, [num_tokens, hidden_size], to host memory.
  virtual void collect(std::span<float> hidden) = 0;

  /// What the classification head gives for each sequence of the batch that was collected last, as it is
  /// before any softmax or sigmoid: [sequences, num_labels]. Needs a head.
  virtual void read_scores(std::span<float> scores) = 0;

  /// The dense layers that follow the pooling, where the model has some; else a copy. pooled [n,
  /// hidden_size], n at most max_batch_tokens, embeddings [n, embedding_size].
  virtual void project(std::span<const float> pooled, std::span<float> embeddings) = 0;
};

}  // namespace hearth
