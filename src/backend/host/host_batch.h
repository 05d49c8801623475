#pragma once

#include "backend/host/host_views.h"
#include "backend/step_batch.h"

namespace hearth {

/// A batch for devices that read the host's memory: the layout itself.
class HostBatch : public StepBatch {
 public:
  void upload(const BatchLayout& layout) override { layout_ = layout; }

  VectorView token_ids() const override { return vector_of(layout_.token_ids); }
  VectorView positions() const override { return vector_of(layout_.positions); }
  VectorView token_types() const override { return vector_of(layout_.token_types); }
  VectorView logits_rows() const override { return vector_of(layout_.logits_rows); }

  std::span<const SequenceRows> sequences(size_t group) const { return layout_.sequences[group]; }

 private:
  BatchLayout layout_;
};

inline std::span<const SequenceRows> host_sequences(const BatchSequences& sequences) {
  return static_cast<const HostBatch&>(*sequences.batch).sequences(sequences.group);
}

}  // namespace hearth
