#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "formats/safetensors/safetensors.h"

namespace hearth {

/// A dense layer that sentence-transformers keeps in a folder of its own, to follow the pooling.
struct DenseModule {
  std::string weight, bias;  ///< names of its tensors in GGUF: "dense_2.weight", "dense_2.bias"
  SafetensorsFile file;
};

/// Those that modules.json names, in order: numbers begin at 2, behind the model and its pooling. Errors:
/// those of `SafetensorsFile::open`; kCorruptData.
Result<std::vector<DenseModule>> open_dense_modules(const std::filesystem::path& folder);

}  // namespace hearth
