#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "quant/dtype.h"
#include "tensor/shape.h"

namespace hearth {

/// A storage type that safetensors defines, computed with here or not.
struct SafetensorsType {
  std::string_view name;  ///< as headers spell it: "BF16"
  uint32_t bits;          ///< of one value
  std::optional<DType> dtype;
};

/// Null for a name that safetensors does not define.
const SafetensorsType* safetensors_type(std::string_view name);

struct SafetensorsTensor {
  std::string name;
  const SafetensorsType* type = nullptr;
  Shape shape;
  uint64_t offset = 0;  ///< of its bytes from the start of the file
  uint64_t bytes = 0;
};

struct SafetensorsHeader {
  uint64_t data_offset = 0;                ///< of the data section from the start of the file
  std::vector<SafetensorsTensor> tensors;  ///< sorted by name; names are unique, data does not overlap
};

/// Reads and checks the header of a file: names and fields are unique, types are known, every tensor's bytes
/// are as many as its shape and type say, and the tensors fill the data section without gap or overlap. Time
/// is linear in the header but for sorting. Errors: kCorruptData naming the tensor and what is wrong;
/// kUnsupported for a type that safetensors does not define and for more than four dimensions; kResourceLimit
/// for a header beyond what any model has.
///
/// Layout: u64 length of the header, the header, the data section. The header is a JSON object: by tensor
/// name
/// {"dtype", "shape" slowest first, "data_offsets": [begin, end) in the data section}, and "__metadata__"
/// with texts. Specification: https://github.com/huggingface/safetensors#format
Result<SafetensorsHeader> parse_safetensors_header(ByteSpan file);

}  // namespace hearth
