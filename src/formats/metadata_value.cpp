#include "formats/metadata_value.h"

namespace hearth {

namespace {

struct TypeFacts {
  std::string_view name;
  size_t bytes;
};

/// By type number.
constexpr TypeFacts kTypes[] = {{"uint8", 1},  {"int8", 1},    {"uint16", 2}, {"int16", 2},  {"uint32", 4},
                                {"int32", 4},  {"float32", 4}, {"bool", 1},   {"string", 0}, {"array", 0},
                                {"uint64", 8}, {"int64", 8},   {"float64", 8}};

}  // namespace

std::string_view to_string(MetadataType type) {
  return uint32_t(type) < std::size(kTypes) ? kTypes[uint32_t(type)].name : "unknown";
}

size_t metadata_type_bytes(MetadataType type) {
  return uint32_t(type) < std::size(kTypes) ? kTypes[uint32_t(type)].bytes : 0;
}

}  // namespace hearth
