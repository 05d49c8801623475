#include "formats/gguf/types.h"

namespace hearth {

namespace {

struct NamedType {
  uint32_t id;
  GgufTypeInfo info;
};

/// Types that files hold but nothing here decodes: named so that a message or a listing can say what they
/// are.
constexpr NamedType kUndecodable[] = {
    {15, {"Q8_K", 256, 292}},   {16, {"IQ2_XXS", 256, 66}}, {17, {"IQ2_XS", 256, 74}},
    {18, {"IQ3_XXS", 256, 98}}, {19, {"IQ1_S", 256, 50}},   {21, {"IQ3_S", 256, 110}},
    {22, {"IQ2_S", 256, 82}},   {29, {"IQ1_M", 256, 56}},   {36, {"I2_S", 128, 32}},
    {40, {"NVFP4", 64, 36}},    {41, {"Q1_0", 128, 18}},
};

}  // namespace

std::optional<DTypeInfo> gguf_dtype_info(uint32_t id) {
  return id < kFirstOwnType ? dtype_info(id) : std::nullopt;
}

std::optional<GgufTypeInfo> gguf_type_info(uint32_t id) {
  if (const std::optional<DTypeInfo> info = gguf_dtype_info(id)) {
    return GgufTypeInfo{info->name, info->block_size, info->block_bytes};
  }
  for (const NamedType& type : kUndecodable) {
    if (type.id == id) return type.info;
  }
  return std::nullopt;
}

}  // namespace hearth
