#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth {

/// A tensor as the JSON of a header spells it, its numbers not yet checked against each other.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;
  std::vector<uint64_t> shape;
  uint64_t begin = 0, end = 0;  ///< data_offsets
};

/// The tensors of a header, in its order. Nothing but the entries is built, so that memory is bounded by the
/// text. Errors: kCorruptData for what is no JSON or of another form, naming the tensor; kResourceLimit for
/// more tensors than any model has.
Result<std::vector<SafetensorsEntry>> read_safetensors_entries(std::string_view json);

}  // namespace hearth
