#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "quant/dtype.h"

namespace hearth {

/// Layout facts of a tensor type that GGUF defines, decodable here or not.
struct GgufTypeInfo {
  std::string_view name;
  uint32_t block_size;  ///< values in one block
  uint32_t block_bytes;
};

/// The type that is read where a file has the id; nothing where none is.
std::optional<DTypeInfo> gguf_dtype_info(uint32_t id);

/// Nothing for an id that GGUF does not define.
std::optional<GgufTypeInfo> gguf_type_info(uint32_t id);

}  // namespace hearth
