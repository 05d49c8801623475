#pragma once

#include <deque>
#include <span>
#include <string>
#include <vector>

#include "formats/huggingface/tensors/weight_quantization.h"
#include "formats/model/checkpoint_conventions.h"
#include "formats/model/config_keys.h"
#include "formats/model/tensor_set.h"

namespace hearth {

/// The tensors of a checkpoint under GGUF's names and in its order of rows, with what had to be copied for
/// it.
struct CanonicalTensors {
  std::deque<std::string> names;
  std::deque<std::vector<std::byte>> copies;
  TensorSet set;
};

/// Nothing large is copied: matrices are views of the files, in another order of rows where the conventions
/// ask for it. Of a checkpoint that holds more than a text model (`is_part`), that alone. Errors:
/// kCorruptData naming the tensor.
Result<CanonicalTensors> canonical_tensors(std::span<const NamedTensor> stored, const ConfigKeys& config,
                                           const CheckpointConventions& conventions,
                                           const WeightQuantization& quantization, bool is_part);

}  // namespace hearth
