#include "formats/gguf/metadata_keys.h"

#include <limits>
#include <optional>

#include "base/check.h"
#include "base/printable.h"

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

std::unexpected<Error> missing(const std::string& key) {
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "the metadata key {} is missing", key);
}

/// Whether a value stands for "not set", in one of the ways in which converters write that.
bool says_none(const MetadataValue& value) {
  if (const auto array = value.as<MetadataArray>()) return array->size() == 0;
  if (const auto text = value.as<std::string_view>()) return text->empty();
  if (const auto number = value.as<double>()) {
    return *number == 0.0 || *number == -1.0 || *number == double(std::numeric_limits<uint32_t>::max());
  }
  return false;
}

/// A boolean, also as converters without such a type write it.
std::optional<bool> as_flag(const MetadataValue& value) {
  if (const auto number = value.as<int64_t>(); number == 0 || number == 1) return *number == 1;
  return value.as<bool>();
}

}  // namespace

bool MetadataKeys::has(std::string_view key) const {
  const MetadataValue* value = file_.find(full(key));
  return value != nullptr && !says_none(*value);
}

void MetadataKeys::note(std::string_view key, std::string_view reason) const {
  log_(LogLevel::kWarning, fmt::format("{} {}; taken as not given", full(key), reason));
}

/// T is what the caller wants, Wide what the file's value is read as.
template <typename T, typename Wide>
Result<std::optional<T>> MetadataKeys::read_optional(std::string_view key, Bounds<T> bounds) const {
  const MetadataValue* found = file_.find(full(key));
  if (found == nullptr) return std::nullopt;
  const std::optional<Wide> value = found->as<Wide>();
  if (value && within(*value, bounds)) return T(*value);
  if (says_none(*found)) {
    note(key, "is " + describe(*found));
    return std::nullopt;
  }
  return TRY(checked(full(key), TRY(file_.get<Wide>(full(key))), bounds));
}

Result<int> MetadataKeys::integer(std::string_view key, Bounds<int> bounds) const {
  const auto value = TRY(file_.get_optional<int64_t>(full(key)));
  if (!value) return missing(full(key));
  return checked(full(key), *value, bounds);
}

Result<int> MetadataKeys::integer_or(std::string_view key, Bounds<int> bounds, int absent) const {
  return TRY((read_optional<int, int64_t>(key, bounds))).value_or(absent);
}

Result<float> MetadataKeys::number(std::string_view key, Bounds<float> bounds) const {
  const auto value = TRY(file_.get_optional<double>(full(key)));
  if (!value) return missing(full(key));
  return checked(full(key), *value, bounds);
}

Result<float> MetadataKeys::number_or(std::string_view key, Bounds<float> bounds, float absent) const {
  return TRY((read_optional<float, double>(key, bounds))).value_or(absent);
}

Result<bool> MetadataKeys::flag_or(std::string_view key, bool absent) const {
  const MetadataValue* found = file_.find(full(key));
  if (found == nullptr) return absent;
  if (const auto flag = as_flag(*found)) return *flag;
  return file_.get<bool>(full(key));
}

Result<std::string_view> MetadataKeys::text_or(std::string_view key, std::string_view absent) const {
  const MetadataValue* found = file_.find(full(key));
  if (found == nullptr) return absent;
  if (!says_none(*found)) return file_.get<std::string_view>(full(key));
  note(key, "is " + describe(*found));
  return absent;
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

Result<int> MetadataKeys::integer_of_layers_or(std::string_view key, Bounds<int> bounds, int num_layers,
                                               int absent) const {
  const MetadataValue* found = file_.find(full(key));
  const bool is_array = found != nullptr && found->as<MetadataArray>() && !says_none(*found);
  return is_array ? integer_of_layers(key, bounds, num_layers) : integer_or(key, bounds, absent);
}

Result<size_t> MetadataKeys::array_size(std::string_view key) const {
  const std::optional<MetadataArray> array = TRY(file_.get_optional<MetadataArray>(full(key)));
  return array ? array->size() : 0;
}

template <typename T>
std::optional<T> MetadataKeys::usable(std::string_view key) const {
  const MetadataValue* found = file_.find(full(key));
  if (found == nullptr) return std::nullopt;
  std::optional<T> value;
  if constexpr (std::is_same_v<T, bool>) {
    value = as_flag(*found);
  } else {
    value = found->as<T>();
  }
  if (!value) note(key, fmt::format("is {}, not {}", describe(*found), expected_text<T>()));
  return value;
}

template std::optional<bool> MetadataKeys::usable(std::string_view) const;
template std::optional<uint32_t> MetadataKeys::usable(std::string_view) const;
template std::optional<int32_t> MetadataKeys::usable(std::string_view) const;
template std::optional<uint64_t> MetadataKeys::usable(std::string_view) const;
template std::optional<float> MetadataKeys::usable(std::string_view) const;
template std::optional<std::string_view> MetadataKeys::usable(std::string_view) const;

}  // namespace hearth
