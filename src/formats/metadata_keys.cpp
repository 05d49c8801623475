#include "formats/metadata_keys.h"

#include <optional>

#include "base/check.h"

namespace hearth {

namespace {

/// Also false for a NaN.
template <typename T, typename Wide>
bool within(Wide value, Bounds<T> bounds) {
  return value >= Wide(bounds.lowest) && value <= Wide(bounds.highest);
}

template <typename T, typename Wide>
Result<T> checked(const std::string& key, Wide value, Bounds<T> bounds) {
  if (within(value, bounds)) return T(value);
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is {}, but must be {} to {}", key, value,
                   bounds.lowest, bounds.highest);
}

/// T is what the caller wants, Wide what the file's value is read as.
template <typename T, typename Wide>
Result<std::optional<T>> read(const GgufFile& file, const std::string& key, Bounds<T> bounds) {
  const std::optional<Wide> value = TRY(file.get_optional<Wide>(key));
  if (!value) return std::nullopt;
  return TRY(checked(key, *value, bounds));
}

std::unexpected<Error> missing(const std::string& key) {
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "the metadata key {} is missing", key);
}

}  // namespace

Result<int> MetadataKeys::integer(std::string_view key, Bounds<int> bounds) const {
  const std::optional<int> value = TRY((read<int, int64_t>(file_, full(key), bounds)));
  if (!value) return missing(full(key));
  return *value;
}

Result<int> MetadataKeys::integer_or(std::string_view key, Bounds<int> bounds, int absent) const {
  return TRY((read<int, int64_t>(file_, full(key), bounds))).value_or(absent);
}

Result<float> MetadataKeys::number(std::string_view key, Bounds<float> bounds) const {
  const std::optional<float> value = TRY((read<float, double>(file_, full(key), bounds)));
  if (!value) return missing(full(key));
  return *value;
}

Result<float> MetadataKeys::number_or(std::string_view key, Bounds<float> bounds, float absent) const {
  return TRY((read<float, double>(file_, full(key), bounds))).value_or(absent);
}

Result<bool> MetadataKeys::flag_or(std::string_view key, bool absent) const {
  return TRY(file_.get_optional<bool>(full(key))).value_or(absent);
}

Result<std::string_view> MetadataKeys::text_or(std::string_view key, std::string_view absent) const {
  return TRY(file_.get_optional<std::string_view>(full(key))).value_or(absent);
}

Result<int> MetadataKeys::integer_of_layers(std::string_view key, Bounds<int> bounds, int num_layers) const {
  const MetadataValue* found = file_.find(full(key));
  const std::optional<MetadataArray> array = found == nullptr ? std::nullopt : found->as<MetadataArray>();
  if (!array) return integer(key, bounds);
  if (array->size() != size_t(num_layers)) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} has {} entries for {} layers", full(key),
                     array->size(), num_layers);
  }
  std::optional<int> same;
  for (size_t layer = 0; layer < array->size(); ++layer) {
    const bool sized = metadata_type_bytes(array->element_type()) > 0;
    const std::optional<int64_t> value = sized ? (*array)[layer].as<int64_t>() : std::nullopt;
    if (!value)
      return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{}[{}] is no count", full(key), layer);
    const int count = TRY(checked(fmt::format("{}[{}]", full(key), layer), *value, bounds));
    if (same.value_or(count) != count) {
      return fail(ErrorCode::kUnsupported, "{} is {} for layer {} but {} for others; layers must be alike",
                  full(key), count, layer, *same);
    }
    same = count;
  }
  CHECK(same.has_value());
  return *same;
}

Result<size_t> MetadataKeys::array_size(std::string_view key) const {
  const std::optional<MetadataArray> array = TRY(file_.get_optional<MetadataArray>(full(key)));
  return array ? array->size() : 0;
}

}  // namespace hearth
