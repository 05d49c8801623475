#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "formats/huggingface/tensors/weight_quantization.h"

namespace hearth {

/// What to take in place of weights quantised in a way that is not read here.
inline constexpr const char* kQuantizationRemedy =
    "use the model's folder in BF16, F16 or FP8, or a GGUF file of it in any quantisation";

/// Without quantisation, of MXFP4 (experts alone, which are known by their names) and of 8-bit floats as
/// DeepSeek, fbgemm and compressed-tensors write them. Errors: kUnsupported naming any other method;
/// kCorruptData.
Result<WeightQuantization> read_weight_quantization(const nlohmann::json& config, const std::string& file);

}  // namespace hearth
