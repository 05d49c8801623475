#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/gguf/metadata_value.h"
#include "tensor/shape.h"

namespace hearth {

struct GgufMetadata {
  std::string_view key;
  MetadataValue value;
};

/// A tensor as the header describes it.
struct GgufTensor {
  std::string_view name;
  uint32_t type_id = 0;
  Shape shape;                    ///< slowest first; the file lists dimensions fastest first
  uint64_t offset = 0;            ///< of its bytes from the start of the file
  std::optional<uint64_t> bytes;  ///< nothing where the size of its type is not known

  /// The type's name, also where it cannot be decoded: "IQ2_XXS"; "type 77" where it has none.
  std::string type_name() const;
};

/// All that comes before the data of a GGUF file, as views into it.
struct GgufHeader {
  uint32_t version = 0;
  uint64_t alignment = 32;
  uint64_t data_offset = 0;               ///< of the data section from the start of the file
  std::vector<GgufMetadata> metadata;     ///< in the file's order; keys are unique
  std::vector<GgufTensor> tensors;        ///< in the file's order; names are unique, data does not overlap
  std::vector<uint32_t> metadata_by_key;  ///< indices into `metadata`, sorted by key
  std::vector<uint32_t> tensors_by_name;  ///< indices into `tensors`, sorted by name
};

/// Reads and checks a header. Time is linear in the bytes read (but for sorting names), memory bounded by 16
/// MiB. Errors: kCorruptData naming the field and its offset; kUnsupported for another version or byte order;
/// kResourceLimit for more tensors or metadata than any model has.
///
/// Layout: "GGUF", u32 version, u64 tensor count, u64 metadata count; per metadata pair: key, u32 type,
/// value; per tensor: name, u32 rank, u64 dimensions fastest first, u32 type, u64 offset from the data
/// section; the data section at the next multiple of `general.alignment` (32 where absent). A string is a u64
/// length and its bytes, an array a u32 element type, a u64 count and its elements. Specification:
/// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
Result<GgufHeader> parse_gguf_header(ByteSpan file);

}  // namespace hearth
