#include "formats/safetensors/header.h"

#include <algorithm>

#include "base/checked_math.h"
#include "base/printable.h"
#include "formats/safetensors/header_json.h"

namespace hearth {

namespace {

constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the limit of the format's own library
constexpr const char* kRemedy = "the file is damaged or cut off: download it again";

constexpr SafetensorsType kTypes[] = {
    {"F32", 32, DType::kF32},
    {"F16", 16, DType::kF16},
    {"BF16", 16, DType::kBF16},
    {"F64", 64, DType::kF64},
    {"I8", 8, DType::kI8},
    {"I16", 16, DType::kI16},
    {"I32", 32, DType::kI32},
    {"I64", 64, DType::kI64},
    {"U8", 8, DType::kU8},
    {"U16", 16, std::nullopt},
    {"U32", 32, std::nullopt},
    {"U64", 64, std::nullopt},
    {"BOOL", 8, std::nullopt},
    {"F8_E4M3", 8, DType::kE4M3},
    {"F8_E5M2", 8, std::nullopt},
    {"F8_E8M0", 8, DType::kE8M0},
    {"F8_E4M3FNUZ", 8, std::nullopt},
    {"F8_E5M2FNUZ", 8, std::nullopt},
    {"F6_E2M3", 6, std::nullopt},
    {"F6_E3M2", 6, std::nullopt},
    {"F4", 4, std::nullopt},
    {"C64", 64, std::nullopt},
};

template <typename... Args>
std::unexpected<Error> damaged(fmt::format_string<Args...> format, Args&&... args) {
  return fail_hint(ErrorCode::kCorruptData, kRemedy, "{}", fmt::format(format, std::forward<Args>(args)...));
}

Result<Shape> to_shape(const SafetensorsEntry& entry) {
  if (entry.shape.size() > Shape::kMaxRank) {
    return fail_hint(ErrorCode::kUnsupported, "use a checkpoint of a text model",
                     "tensor {} has {} dimensions; at most {} can be read", hearth::quoted(entry.name),
                     entry.shape.size(), Shape::kMaxRank);
  }
  std::vector<int64_t> dims;
  for (const uint64_t dim : entry.shape) {
    if (dim > uint64_t(INT64_MAX)) {
      return damaged("tensor {} has a dimension of {}", hearth::quoted(entry.name), dim);
    }
    dims.push_back(int64_t(dim));
  }
  return Shape(dims);
}

/// Bytes that shape and type ask for; nothing where they are no whole number, or too large a one.
std::optional<uint64_t> bytes_of(const SafetensorsEntry& entry, const SafetensorsType& type) {
  uint64_t bits = type.bits;
  for (const uint64_t dim : entry.shape) {
    const std::optional<uint64_t> product = checked_mul(bits, dim);
    if (!product) return std::nullopt;
    bits = *product;
  }
  return bits % 8 == 0 ? std::optional(bits / 8) : std::nullopt;
}

Result<SafetensorsTensor> to_tensor(SafetensorsEntry& entry) {
  const SafetensorsType* type = safetensors_type(entry.dtype);
  if (type == nullptr) {
    return fail_hint(ErrorCode::kUnsupported, "use a checkpoint in BF16, F16 or F32",
                     "tensor {} has the type {}, which safetensors does not define",
                     hearth::quoted(entry.name), hearth::quoted(entry.dtype));
  }
  SafetensorsTensor tensor{.name = {}, .type = type, .shape = TRY(to_shape(entry))};
  const std::optional<uint64_t> bytes = bytes_of(entry, *type);
  if (entry.end < entry.begin || bytes != entry.end - entry.begin) {
    return damaged("tensor {} has the data_offsets {} and {}, but its shape and its type {} make {} bytes",
                   hearth::quoted(entry.name), entry.begin, entry.end, type->name,
                   bytes ? fmt::format("{}", *bytes) : "no number of");
  }
  tensor.offset = entry.begin;
  tensor.bytes = *bytes;
  tensor.name = std::move(entry.name);
  return tensor;
}

/// Offsets count from the data section. What is between tensors would be read by nobody, and could be
/// anything.
Status check_data(std::vector<SafetensorsTensor>& tensors, uint64_t num_bytes) {
  std::ranges::sort(tensors, {}, [](const auto& tensor) { return std::pair(tensor.offset, tensor.bytes); });
  uint64_t end = 0;
  for (const SafetensorsTensor& tensor : tensors) {
    if (tensor.offset != end) {
      return damaged("tensor {} begins at {} of the data, but the one before it ends at {}",
                     hearth::quoted(tensor.name), tensor.offset, end);
    }
    end += tensor.bytes;
    if (end > num_bytes) {
      return damaged("tensor {} ends at {} of the data, but the file holds {} bytes of it",
                     hearth::quoted(tensor.name), end, num_bytes);
    }
  }
  if (end == num_bytes) return {};
  return damaged("the tensors end at {} of the data, but the file holds {} bytes of it", end, num_bytes);
}

}  // namespace

const SafetensorsType* safetensors_type(std::string_view name) {
  const auto* found = std::ranges::find(kTypes, name, &SafetensorsType::name);
  return found != std::end(kTypes) ? found : nullptr;
}

Result<SafetensorsHeader> parse_safetensors_header(ByteSpan file) {
  ByteReader reader(file);
  const Result<uint64_t> length = reader.read<uint64_t>("header length");
  if (!length) return damaged("the file has {} bytes, too few for a header", file.size());
  if (*length > kMaxHeaderBytes) {
    return fail_hint(ErrorCode::kResourceLimit, "check that it is a safetensors file",
                     "the header length at offset 0 is {}, above the limit of {}", *length, kMaxHeaderBytes);
  }
  if (*length > reader.remaining()) {
    return damaged("the header length at offset 0 is {}, but {} bytes are left", *length, reader.remaining());
  }
  SafetensorsHeader header;
  header.data_offset = reader.offset() + *length;
  std::vector<SafetensorsEntry> entries =
      TRY(read_safetensors_entries(as_text(file.subspan(reader.offset(), size_t(*length)))));
  header.tensors.reserve(entries.size());
  for (SafetensorsEntry& entry : entries) header.tensors.push_back(TRY(to_tensor(entry)));
  TRY(check_data(header.tensors, file.size() - header.data_offset));
  for (SafetensorsTensor& tensor : header.tensors) tensor.offset += header.data_offset;
  std::ranges::sort(header.tensors, {}, &SafetensorsTensor::name);
  const auto twice = std::ranges::adjacent_find(header.tensors, {}, &SafetensorsTensor::name);
  if (twice != header.tensors.end()) return damaged("tensor {} is named twice", hearth::quoted(twice->name));
  return header;
}

}  // namespace hearth
