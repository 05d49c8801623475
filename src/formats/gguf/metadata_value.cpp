#include "formats/gguf/metadata_value.h"

#include "base/printable.h"

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

std::string describe(const MetadataValue& value) {
  const std::string_view type = to_string(value.type());
  if (const auto array = value.as<MetadataArray>()) {
    return fmt::format("an array of {} {}", array->size(), to_string(array->element_type()));
  }
  if (const auto text = value.as<std::string_view>()) return fmt::format("the {} {}", type, quoted(*text));
  if (const auto flag = value.as<bool>()) return fmt::format("the {} {}", type, *flag);
  if (const auto integer = value.as<int64_t>()) return fmt::format("the {} {}", type, *integer);
  if (const auto integer = value.as<uint64_t>()) return fmt::format("the {} {}", type, *integer);
  return fmt::format("the {} {:g}", type, value.as<double>().value_or(0.0));
}

}  // namespace hearth
