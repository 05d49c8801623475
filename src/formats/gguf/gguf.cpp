#include "formats/gguf/gguf.h"

#include <algorithm>

#include "base/printable.h"
#include "formats/gguf/types.h"

namespace hearth {

namespace {

template <typename Item>
const Item* find_sorted(const std::vector<Item>& items, const std::vector<uint32_t>& order,
                        std::string_view Item::* name, std::string_view wanted) {
  const auto found = std::ranges::lower_bound(order, wanted, {}, [&](uint32_t i) { return items[i].*name; });
  return found != order.end() && items[*found].*name == wanted ? &items[*found] : nullptr;
}

}  // namespace

Result<GgufFile> GgufFile::open(const std::filesystem::path& path) {
  auto mapped = std::make_unique<MappedFile>(TRY(MappedFile::open(path)));
  Result<GgufFile> file = parse(mapped->bytes());
  if (!file) {
    file.error().message = fmt::format("cannot read {}: {}", path.string(), file.error().message);
    return file;
  }
  file->file_ = std::move(mapped);
  return file;
}

Result<GgufFile> GgufFile::parse(ByteSpan bytes) { return GgufFile(bytes, TRY(parse_gguf_header(bytes))); }

std::filesystem::path GgufFile::path() const { return file_ ? file_->path() : std::filesystem::path(); }

const MetadataValue* GgufFile::find(std::string_view key) const {
  const GgufMetadata* found = find_sorted(header_.metadata, header_.metadata_by_key, &GgufMetadata::key, key);
  return found == nullptr ? nullptr : &found->value;
}

const GgufTensor* GgufFile::find_tensor(std::string_view name) const {
  return find_sorted(header_.tensors, header_.tensors_by_name, &GgufTensor::name, name);
}

template <typename T>
Result<std::optional<T>> GgufFile::get_optional(std::string_view key) const {
  const MetadataValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const std::optional<T> converted = value->as<T>();
  if (converted) return converted;
  return fail_hint(ErrorCode::kCorruptData,
                   "the file is damaged or made by a faulty converter: download it again",
                   "metadata {} is {}, not {}", quoted(key), describe(*value), expected_metadata_text<T>());
}

template <typename T>
Result<T> GgufFile::get(std::string_view key) const {
  const std::optional<T> value = TRY(get_optional<T>(key));
  if (value) return *value;
  return fail_hint(ErrorCode::kCorruptData,
                   "the file is incomplete or holds no model: use another file of this model",
                   "metadata {} is missing; it must be {}", quoted(key), expected_metadata_text<T>());
}

Result<TensorView> GgufFile::tensor(std::string_view name) const {
  const GgufTensor* found = find_tensor(name);
  if (found == nullptr) {
    return fail_hint(ErrorCode::kCorruptData, "the file is incomplete or of another kind of model",
                     "tensor {} is missing", quoted(name));
  }
  return tensor(*found);
}

Result<TensorView> GgufFile::tensor(const GgufTensor& tensor) const {
  const std::optional<DTypeInfo> info = gguf_dtype_info(tensor.type_id);
  if (!info) {
    return fail_hint(ErrorCode::kUnsupported,
                     "use a file of this model in another quantisation, such as Q4_K_M",
                     "tensor {} has type {} (id {}), which cannot be read", quoted(tensor.name),
                     tensor.type_name(), tensor.type_id);
  }
  CHECK(tensor.bytes.has_value());
  return TensorView{info->dtype, tensor.shape, bytes_.subspan(tensor.offset, *tensor.bytes), file_.get()};
}

template Result<std::optional<bool>> GgufFile::get_optional(std::string_view) const;
template Result<std::optional<int32_t>> GgufFile::get_optional(std::string_view) const;
template Result<std::optional<uint32_t>> GgufFile::get_optional(std::string_view) const;
template Result<std::optional<int64_t>> GgufFile::get_optional(std::string_view) const;
template Result<std::optional<uint64_t>> GgufFile::get_optional(std::string_view) const;
template Result<std::optional<float>> GgufFile::get_optional(std::string_view) const;
template Result<std::optional<double>> GgufFile::get_optional(std::string_view) const;
template Result<std::optional<std::string_view>> GgufFile::get_optional(std::string_view) const;
template Result<std::optional<MetadataArray>> GgufFile::get_optional(std::string_view) const;
template Result<bool> GgufFile::get(std::string_view) const;
template Result<int32_t> GgufFile::get(std::string_view) const;
template Result<uint32_t> GgufFile::get(std::string_view) const;
template Result<int64_t> GgufFile::get(std::string_view) const;
template Result<uint64_t> GgufFile::get(std::string_view) const;
template Result<float> GgufFile::get(std::string_view) const;
template Result<double> GgufFile::get(std::string_view) const;
template Result<std::string_view> GgufFile::get(std::string_view) const;
template Result<MetadataArray> GgufFile::get(std::string_view) const;

}  // namespace hearth
