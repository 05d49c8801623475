#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "formats/model/checkpoint_conventions.h"
#include "formats/model/tensor_set.h"

namespace hearth {

/// A tensor of GGUF's in one of a checkpoint's.
struct ExpertPart {
  std::string name;  ///< within the layer: "ffn_gate_exps.weight"
  StoredTensor tensor;
};

struct ExpertParts {
  bool is_stack = false;
  std::vector<ExpertPart> parts;  ///< none of exponents, which their codes bring along
};

/// What is in `stored`, which its layer calls `part`, where that is one of `stacks`. Weights are views;
/// biases are copied to `copies`. `all` are the checkpoint's tensors. Error: kCorruptData naming the tensor
/// that has another shape than such a stack, or is missing beside it.
Result<ExpertParts> split_expert_stack(const NamedTensor& stored, std::string_view part,
                                       std::span<const StackedExperts> stacks,
                                       std::span<const NamedTensor> all,
                                       std::deque<std::vector<std::byte>>& copies);

}  // namespace hearth
