#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backend/views.h"

namespace hearth {

/// The rows of one sequence in a flat batch. Row first_row + i is at position first_position + i; positions
/// [0, first_position) are in the cache already. block_table[p / 32] is the block of position p; of a state
/// the first block is read, unless first_position is 0, where the state is zero, and the last one written.
struct SequenceRows {
  int32_t first_row = 0;
  int32_t num_rows = 0;
  int32_t first_position = 0;
  std::span<const int32_t> block_table;
};

/// The metadata of a step's batch, in host memory.
struct BatchLayout {
  std::span<const int32_t> token_ids = {};                    ///< [rows]
  std::span<const int32_t> positions = {};                    ///< [rows]
  std::span<const int32_t> token_types = {};                  ///< [rows], or none
  std::span<const int32_t> logits_rows = {};                  ///< rows whose logits are wanted
  std::span<const std::vector<SequenceRows>> sequences = {};  ///< [cache groups][sequences]
};

/// The metadata of one step after another on a device, in a form of the device's own. Made by
/// `Device::make_batch`, which it must not outlive.
class StepBatch {
 public:
  virtual ~StepBatch() = default;
  /// Takes the place of the step before. What the layout refers to stays in place as long as operations of
  /// this step are called or run.
  virtual void upload(const BatchLayout& layout) = 0;

  virtual VectorView token_ids() const = 0;    ///< i32 [rows]
  virtual VectorView positions() const = 0;    ///< i32 [rows]
  virtual VectorView token_types() const = 0;  ///< i32 [rows], or none
  virtual VectorView logits_rows() const = 0;  ///< i32
};

/// A batch's sequences, with the block tables of one cache group.
struct BatchSequences {
  const StepBatch* batch = nullptr;
  size_t group = 0;
};

}  // namespace hearth
