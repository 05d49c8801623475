#include <algorithm>
#include <bit>
#include <numeric>

#include "base/checked_math.h"
#include "base/printable.h"
#include "formats/gguf/header.h"
#include "formats/gguf/types.h"

namespace hearth {

namespace {

constexpr uint32_t kMaxEntries = 65536;  // of metadata pairs and of tensors: bounds memory by 16 MiB
constexpr uint64_t kMaxNameBytes = 65535;
constexpr uint64_t kMaxAlignment = 1 << 20;
constexpr uint64_t kMinMetadataBytes = 8 + 1 + 4 + 1;  // key length, key, type, value
constexpr uint64_t kMinTensorBytes =
    8 + 1 + 4 + 8 + 4 + 8;  // name length, name, rank, dimension, type, offset

/// The same error, saying where in the header it came up.
template <typename T>
Result<T> within(Result<T> result, std::string_view kind, uint64_t index, std::string_view name = {}) {
  if (result) return result;
  Error error = std::move(result.error());
  const std::string where =
      name.empty() ? fmt::format("{} {}", kind, index) : fmt::format("{} {}", kind, quoted(name));
  error.message = fmt::format("{}: {}", where, error.message);
  return std::unexpected(std::move(error));
}

class GgufParser {
 public:
  explicit GgufParser(ByteSpan file) : file_(file), reader_(file) {}

  Result<GgufHeader> parse() {
    TRY(read_start());
    const size_t num_tensors = TRY(read_count("tensor count", kMinTensorBytes));
    const size_t num_metadata = TRY(read_count("metadata count", kMinMetadataBytes));
    header_.metadata.reserve(num_metadata);
    for (size_t i = 0; i < num_metadata; ++i) TRY(read_metadata(i));
    header_.metadata_by_key = TRY(sort_by_name(header_.metadata, &GgufMetadata::key, "metadata key"));
    TRY(read_alignment());
    header_.tensors.reserve(num_tensors);
    for (size_t i = 0; i < num_tensors; ++i) TRY(read_tensor(i));
    header_.tensors_by_name = TRY(sort_by_name(header_.tensors, &GgufTensor::name, "tensor"));
    TRY(place_tensors());
    TRY(check_overlap());
    return std::move(header_);
  }

 private:
  Status read_start() {
    const uint32_t magic = TRY(reader_.read<uint32_t>("the magic number \"GGUF\""));
    if (magic != 0x46554747) {
      return fail_hint(ErrorCode::kCorruptData,
                       "name a GGUF file; the download may also have been an error page",
                       "this is no GGUF file: it starts with {} at offset 0, not \"GGUF\"",
                       quoted(as_text(file_.first(4))));
    }
    header_.version = TRY(reader_.read<uint32_t>("version"));
    if (header_.version == 2 || header_.version == 3) return {};
    if (header_.version != 0 && (header_.version & 0xffff) == 0) {
      return fail_hint(ErrorCode::kUnsupported, "use the little-endian file of the same model",
                       "version at offset 4 reads {:#010x}: a big-endian GGUF file", header_.version);
    }
    return fail_hint(ErrorCode::kUnsupported, "use a file of version 2 or 3",
                     "version at offset 4 is {}; GGUF versions 2 and 3 can be read", header_.version);
  }

  /// A number of entries that the rest of the file has room for, at `min_bytes` each.
  Result<size_t> read_count(std::string_view field, uint64_t min_bytes) {
    const size_t offset = reader_.offset();
    const uint64_t count = TRY(reader_.read<uint64_t>(field));
    if (count > reader_.remaining() / min_bytes) {
      return fail(ErrorCode::kCorruptData, "{} at offset {} is {}, but the {} bytes after it hold at most {}",
                  field, offset, count, reader_.remaining(), reader_.remaining() / min_bytes);
    }
    if (count > kMaxEntries) {
      return fail_hint(ErrorCode::kResourceLimit,
                       "check where the file comes from: no known model has so many",
                       "{} at offset {} is {}, above the limit of {}", field, offset, count, kMaxEntries);
    }
    return size_t(count);
  }

  Result<std::string_view> read_string(std::string_view field) {
    const size_t offset = reader_.offset();
    const uint64_t length = TRY(reader_.read<uint64_t>(field));
    if (length > reader_.remaining()) {
      return fail(ErrorCode::kCorruptData, "{} at offset {} is {}, but {} bytes are left", field, offset,
                  length, reader_.remaining());
    }
    return as_text(TRY(reader_.take(size_t(length), field)));
  }

  Result<std::string_view> read_name(std::string_view field) {
    const size_t offset = reader_.offset();
    const std::string_view name = TRY(read_string(field));
    if (name.empty() || name.size() > kMaxNameBytes) {
      return fail(ErrorCode::kCorruptData, "{} at offset {} is {}, not within 1..{}", field, offset,
                  name.size(), kMaxNameBytes);
    }
    return name;
  }

  Status read_metadata(uint64_t index) {
    const std::string_view key = TRY(within(read_name("key length"), "metadata pair", index));
    const MetadataValue value = TRY(within(read_value(), "metadata", index, key));
    header_.metadata.push_back({key, value});
    return {};
  }

  Result<MetadataValue> read_value() {
    const size_t offset = reader_.offset();
    const auto type = MetadataType(TRY(reader_.read<uint32_t>("value type")));
    if (type == MetadataType::kArray) return MetadataValue(TRY(read_array()));
    if (type == MetadataType::kString)
      return MetadataValue(type, as_bytes(TRY(read_string("string length"))));
    const size_t bytes = metadata_type_bytes(type);
    if (bytes == 0) {
      return fail(ErrorCode::kCorruptData, "value type at offset {} is {}, which GGUF does not define",
                  offset, uint32_t(type));
    }
    const ByteSpan view = TRY(reader_.take(bytes, "value"));
    TRY(check_booleans(type, view));
    return MetadataValue(type, view);
  }

  Result<MetadataArray> read_array() {
    const size_t type_offset = reader_.offset();
    const auto type = MetadataType(TRY(reader_.read<uint32_t>("array element type")));
    const size_t element_bytes = metadata_type_bytes(type);
    if (type == MetadataType::kArray) {
      return fail_hint(ErrorCode::kUnsupported, "use a file whose metadata arrays hold plain values",
                       "array element type at offset {} is array: nested arrays cannot be read", type_offset);
    }
    if (element_bytes == 0 && type != MetadataType::kString) {
      return fail(ErrorCode::kCorruptData,
                  "array element type at offset {} is {}, which GGUF does not define", type_offset,
                  uint32_t(type));
    }
    const size_t offset = reader_.offset();
    const uint64_t count = TRY(reader_.read<uint64_t>("array length"));
    const uint64_t room = reader_.remaining() / (element_bytes == 0 ? sizeof(uint64_t) : element_bytes);
    if (count > room) {
      return fail(ErrorCode::kCorruptData,
                  "array length at offset {} is {}, but the {} bytes after it hold at most {}", offset, count,
                  reader_.remaining(), room);
    }
    if (type == MetadataType::kString) return read_strings(count);
    const ByteSpan view = TRY(reader_.take(size_t(count) * element_bytes, "array"));
    TRY(check_booleans(type, view));
    return MetadataArray(type, size_t(count), view);
  }

  Result<MetadataArray> read_strings(uint64_t count) {
    const size_t start = reader_.offset();
    for (uint64_t i = 0; i < count; ++i) TRY(within(read_string("string length"), "element", i));
    return MetadataArray(MetadataType::kString, size_t(count),
                         file_.subspan(start, reader_.offset() - start));
  }

  Status check_booleans(MetadataType type, ByteSpan view) const {
    if (type != MetadataType::kBool) return {};
    const auto bad = std::ranges::find_if(view, [](std::byte value) { return uint8_t(value) > 1; });
    if (bad == view.end()) return {};
    return fail(ErrorCode::kCorruptData, "boolean at offset {} is {}, not 0 or 1", &*bad - file_.data(),
                uint8_t(*bad));
  }

  /// Indices of `items` by name. Error: a name that stands twice.
  template <typename Item>
  Result<std::vector<uint32_t>> sort_by_name(const std::vector<Item>& items, std::string_view Item::* name,
                                             std::string_view kind) const {
    std::vector<uint32_t> order(items.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::sort(order, {}, [&](uint32_t i) { return std::pair(items[i].*name, i); });
    for (size_t i = 1; i < order.size(); ++i) {
      const std::string_view before = items[order[i - 1]].*name, after = items[order[i]].*name;
      if (before != after) continue;
      return fail(ErrorCode::kCorruptData, "{} {} stands twice: at offset {} and at offset {}", kind,
                  quoted(after), offset_of(before), offset_of(after));
    }
    return order;
  }

  size_t offset_of(std::string_view text) const { return size_t(text.data() - as_text(file_).data()); }

  Status read_alignment() {
    constexpr std::string_view kKey = "general.alignment";
    const auto entry = std::ranges::find(header_.metadata, kKey, &GgufMetadata::key);
    if (entry == header_.metadata.end()) return {};
    if (entry->value.type() != MetadataType::kUint32) {
      return fail(ErrorCode::kCorruptData, "metadata \"{}\", at offset {}, is of type {}, not uint32", kKey,
                  offset_of(entry->key), to_string(entry->value.type()));
    }
    header_.alignment = *entry->value.as<uint64_t>();
    if (std::has_single_bit(header_.alignment) && header_.alignment >= 8 &&
        header_.alignment <= kMaxAlignment) {
      return {};
    }
    return fail(ErrorCode::kCorruptData,
                "metadata \"{}\", at offset {}, is {}, not a power of two within 8..{}", kKey,
                offset_of(entry->key), header_.alignment, kMaxAlignment);
  }

  Status read_tensor(uint64_t index) {
    GgufTensor tensor;
    tensor.name = TRY(within(read_name("name length"), "tensor", index));
    TRY(within(read_shape(tensor), "tensor", index, tensor.name));
    header_.tensors.push_back(tensor);
    return {};
  }

  Status read_shape(GgufTensor& tensor) {
    const size_t rank_offset = reader_.offset();
    const uint32_t rank = TRY(reader_.read<uint32_t>("number of dimensions"));
    if (rank < 1 || rank > Shape::kMaxRank) {
      return fail(ErrorCode::kCorruptData, "number of dimensions at offset {} is {}, not within 1..{}",
                  rank_offset, rank, Shape::kMaxRank);
    }
    const size_t dims_offset = reader_.offset();
    std::array<int64_t, Shape::kMaxRank> dims;
    int64_t num_values = 1;
    for (uint32_t i = 0; i < rank; ++i) {
      const size_t offset = reader_.offset();
      const uint64_t dim = TRY(reader_.read<uint64_t>("dimension"));
      const std::optional<int64_t> product =
          dim <= uint64_t(INT64_MAX) ? checked_mul(num_values, int64_t(dim)) : std::nullopt;
      if (dim == 0 || !product) {
        return fail(ErrorCode::kCorruptData, "dimension {} at offset {} is {}: {}", i, offset, dim,
                    dim == 0 ? "a tensor cannot be empty" : "so many values cannot be counted");
      }
      num_values = *product;
      dims[rank - 1 - i] = int64_t(dim);
    }
    tensor.shape = Shape(std::span<const int64_t>(dims.data(), rank));
    tensor.type_id = TRY(reader_.read<uint32_t>("type"));
    TRY(compute_bytes(tensor, num_values, dims_offset));
    offset_fields_.push_back(reader_.offset());
    tensor.offset = TRY(reader_.read<uint64_t>("data offset"));
    return {};
  }

  static Status compute_bytes(GgufTensor& tensor, int64_t num_values, size_t dims_offset) {
    const std::optional<GgufTypeInfo> type = gguf_type_info(tensor.type_id);
    if (!type) return {};
    if (tensor.shape.cols() % type->block_size != 0) {
      return fail(ErrorCode::kCorruptData,
                  "dimension 0 at offset {} is {}, not a multiple of the {} values in a block of {}",
                  dims_offset, tensor.shape.cols(), type->block_size, type->name);
    }
    tensor.bytes = checked_mul(uint64_t(num_values) / type->block_size, uint64_t(type->block_bytes));
    if (tensor.bytes) return {};
    return fail(ErrorCode::kCorruptData,
                "dimensions at offset {} make {} values of {}, whose bytes cannot be counted", dims_offset,
                num_values, type->name);
  }

  /// Turns offsets within the data section into offsets within the file, and checks that the data is there.
  Status place_tensors() {
    const std::optional<uint64_t> start = checked_round_up<uint64_t>(reader_.offset(), header_.alignment);
    CHECK(start.has_value());  // an offset within a mapped file and an alignment of at most a MiB
    header_.data_offset = *start;
    for (size_t i = 0; i < header_.tensors.size(); ++i) {
      TRY(within(place(header_.tensors[i], offset_fields_[i]), "tensor", i, header_.tensors[i].name));
    }
    return {};
  }

  Status place(GgufTensor& tensor, uint64_t field) const {
    const uint64_t relative = tensor.offset;
    if (relative % header_.alignment != 0) {
      return fail(ErrorCode::kCorruptData,
                  "data offset at offset {} is {}, not a multiple of the alignment {}", field, relative,
                  header_.alignment);
    }
    const std::optional<uint64_t> begin = checked_add(header_.data_offset, relative);
    const std::optional<uint64_t> end = begin ? checked_add(*begin, tensor.bytes.value_or(0)) : std::nullopt;
    if (!end || *end > file_.size()) {
      return fail(
          ErrorCode::kCorruptData,
          "data offset at offset {} is {}: with the data section at {} and {} bytes of data, the tensor ends "
          "beyond the file's {} bytes",
          field, relative, header_.data_offset, tensor.bytes.value_or(0), file_.size());
    }
    tensor.offset = *begin;
    return {};
  }

  Status check_overlap() const {
    std::vector<uint32_t> order(header_.tensors.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::sort(order, {}, [&](uint32_t i) { return header_.tensors[i].offset; });
    for (size_t i = 1; i < order.size(); ++i) {
      const GgufTensor& before = header_.tensors[order[i - 1]];
      const GgufTensor& after = header_.tensors[order[i]];
      if (before.offset + before.bytes.value_or(0) <= after.offset) continue;
      return fail(
          ErrorCode::kCorruptData,
          "tensor {}: data offset at offset {} puts it at {}, inside tensor {}, which takes {} bytes from {}",
          quoted(after.name), offset_fields_[order[i]], after.offset, quoted(before.name),
          before.bytes.value_or(0), before.offset);
    }
    return {};
  }

  ByteSpan file_;
  ByteReader reader_;
  GgufHeader header_;
  std::vector<uint64_t> offset_fields_;  ///< where each tensor's data offset stands, for messages
};

}  // namespace

std::string GgufTensor::type_name() const {
  const std::optional<GgufTypeInfo> info = gguf_type_info(type_id);
  return info ? std::string(info->name) : fmt::format("type {}", type_id);
}

Result<GgufHeader> parse_gguf_header(ByteSpan file) {
  Result<GgufHeader> header = GgufParser(file).parse();
  if (!header && header.error().hint.empty()) {
    header.error().hint = "the file is damaged or incomplete: download it again";
  }
  return header;
}

}  // namespace hearth
