#include "quant/dtype.h"

#include "base/check.h"
#include "quant/format.h"

namespace hearth {

namespace {

/// Types that hold data but are no weights.
constexpr DTypeInfo kPlainTypes[] = {
    {DType::kI8, "I8", 1, 1},        {DType::kI16, "I16", 1, 2},      {DType::kI32, "I32", 1, 4},
    {DType::kI64, "I64", 1, 8},      {DType::kF64, "F64", 1, 8},      {DType::kU8, "U8", 1, 1},
    {DType::kE4M3, "F8_E4M3", 1, 1}, {DType::kE8M0, "F8_E8M0", 1, 1},
};

}  // namespace

std::optional<DTypeInfo> dtype_info(uint32_t id) {
  for (const DTypeInfo& info : kPlainTypes) {
    if (uint32_t(info.dtype) == id) return info;
  }
  std::optional<DTypeInfo> found;
  for_each_format([&](auto format) {
    using Format = decltype(format);
    if (uint32_t(Format::dtype) == id) {
      found = {Format::dtype, Format::name, Format::block_size, sizeof(typename Format::Block)};
    }
  });
  return found;
}

DTypeInfo dtype_info(DType dtype) {
  const std::optional<DTypeInfo> info = dtype_info(uint32_t(dtype));
  CHECK(info.has_value());
  return *info;
}

}  // namespace hearth
