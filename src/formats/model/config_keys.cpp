#include "formats/model/config_keys.h"

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

/// Whether a value stands for "not set", in one of the ways in which converters write that.
bool says_none(const ConfigValue& value) {
  if (value.is_array()) return value.size() == 0;
  if (const auto text = value.as<std::string_view>()) return text->empty();
  if (const auto number = value.as<double>()) {
    return *number == 0.0 || *number == -1.0 || *number == double(std::numeric_limits<uint32_t>::max());
  }
  return false;
}

/// A boolean, also as converters without such a type write it.
std::optional<bool> as_flag(const ConfigValue& value) {
  if (const auto number = value.as<int64_t>(); number == 0 || number == 1) return *number == 1;
  return value.as<bool>();
}

template <typename T>
Result<T> converted(const std::string& key, const ConfigValue& value) {
  if (const std::optional<T> result = value.as<T>()) return *result;
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is {}, not {}", key, value.description(),
                   expected_text<T>());
}

}  // namespace

bool ConfigKeys::has(std::string_view key) const {
  const std::optional<ConfigValue> value = find(key);
  return value && !says_none(*value);
}

void ConfigKeys::note(std::string_view key, std::string_view reason) const {
  log_(LogLevel::kWarning, fmt::format("{} {}; taken as not given", full(key), reason));
}

/// T is what the caller wants, Wide what the file's value is read as.
template <typename T, typename Wide>
Result<T> ConfigKeys::read(std::string_view key, Bounds<T> bounds) const {
  const std::optional<ConfigValue> found = find(key);
  if (!found) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "the metadata key {} is missing", full(key));
  }
  return checked(full(key), TRY(converted<Wide>(full(key), *found)), bounds);
}

template <typename T, typename Wide>
Result<std::optional<T>> ConfigKeys::read_optional(std::string_view key, Bounds<T> bounds) const {
  const std::optional<ConfigValue> found = find(key);
  if (!found) return std::nullopt;
  const std::optional<Wide> value = found->as<Wide>();
  if (value && within(*value, bounds)) return T(*value);
  if (says_none(*found)) {
    note(key, "is " + found->description());
    return std::nullopt;
  }
  return TRY(checked(full(key), TRY(converted<Wide>(full(key), *found)), bounds));
}

Result<int> ConfigKeys::integer(std::string_view key, Bounds<int> bounds) const {
  return read<int, int64_t>(key, bounds);
}

Result<int> ConfigKeys::integer_or(std::string_view key, Bounds<int> bounds, int absent) const {
  return TRY((read_optional<int, int64_t>(key, bounds))).value_or(absent);
}

Result<float> ConfigKeys::number(std::string_view key, Bounds<float> bounds) const {
  return read<float, double>(key, bounds);
}

Result<float> ConfigKeys::number_or(std::string_view key, Bounds<float> bounds, float absent) const {
  return TRY((read_optional<float, double>(key, bounds))).value_or(absent);
}

Result<bool> ConfigKeys::flag_or(std::string_view key, bool absent) const {
  const std::optional<ConfigValue> found = find(key);
  if (!found) return absent;
  if (const auto flag = as_flag(*found)) return *flag;
  return converted<bool>(full(key), *found);
}

Result<std::string_view> ConfigKeys::text_or(std::string_view key, std::string_view absent) const {
  const std::optional<ConfigValue> found = find(key);
  if (!found) return absent;
  if (!says_none(*found)) return converted<std::string_view>(full(key), *found);
  note(key, "is " + found->description());
  return absent;
}

Result<std::vector<int>> ConfigKeys::integers_of_layers(std::string_view key, Bounds<int> bounds,
                                                        int num_layers) const {
  const std::optional<ConfigValue> array = find(key);
  if (!array || !array->is_array()) return std::vector<int>(size_t(num_layers), TRY(integer(key, bounds)));
  if (array->size() != size_t(num_layers)) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} has {} entries for {} layers", full(key),
                     array->size(), num_layers);
  }
  std::vector<int> counts;
  for (size_t layer = 0; layer < array->size(); ++layer) {
    const std::optional<int64_t> value = (*array)[layer].as<int64_t>();
    if (!value)
      return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{}[{}] is no count", full(key), layer);
    counts.push_back(TRY(checked(fmt::format("{}[{}]", full(key), layer), *value, bounds)));
  }
  return counts;
}

Result<int> ConfigKeys::integer_of_layers(std::string_view key, Bounds<int> bounds, int num_layers) const {
  const std::vector<int> counts = TRY(integers_of_layers(key, bounds, num_layers));
  for (size_t layer = 0; layer < counts.size(); ++layer) {
    if (counts[layer] == counts.front()) continue;
    return fail(ErrorCode::kUnsupported, "{} is {} for layer {} but {} for others; layers must be alike",
                full(key), counts[layer], layer, counts.front());
  }
  return counts.front();
}

Result<int> ConfigKeys::integer_of_layers_or(std::string_view key, Bounds<int> bounds, int num_layers,
                                             int absent) const {
  const std::optional<ConfigValue> found = find(key);
  const bool is_array = found && found->is_array() && !says_none(*found);
  return is_array ? integer_of_layers(key, bounds, num_layers) : integer_or(key, bounds, absent);
}

/// Nothing where the key is absent.
Result<std::optional<ConfigValue>> ConfigKeys::find_array(std::string_view key) const {
  std::optional<ConfigValue> found = find(key);
  if (!found || found->is_array()) return found;
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is {}, not an array", full(key),
                   found->description());
}

/// Nothing where the key is absent or says so.
Result<std::optional<ConfigValue>> ConfigKeys::find_array_of(std::string_view key, size_t size) const {
  std::optional<ConfigValue> array = TRY(find_array(key));
  if (!array || says_none(*array)) return std::nullopt;
  if (array->size() == size) return array;
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} has {} entries, but must have {}", full(key),
                   array->size(), size);
}

Result<std::vector<float>> ConfigKeys::numbers(std::string_view key, Bounds<float> bounds,
                                               size_t size) const {
  std::vector<float> values;
  const std::optional<ConfigValue> array = TRY(find_array_of(key, size));
  if (!array) return values;
  for (size_t i = 0; i < size; ++i) {
    const std::string name = fmt::format("{}[{}]", full(key), i);
    values.push_back(TRY(checked(name, TRY(converted<double>(name, (*array)[i])), bounds)));
  }
  return values;
}

Result<std::vector<int>> ConfigKeys::integers(std::string_view key, Bounds<int> bounds, size_t most) const {
  std::vector<int> values;
  const std::optional<ConfigValue> array = TRY(find_array(key));
  const size_t size = array ? array->size() : 0;
  if (size > most) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} has {} entries, but must have at most {}",
                     full(key), size, most);
  }
  for (size_t i = 0; i < size; ++i) {
    const std::string name = fmt::format("{}[{}]", full(key), i);
    values.push_back(TRY(checked(name, TRY(converted<int64_t>(name, (*array)[i])), bounds)));
  }
  return values;
}

Result<std::vector<std::string_view>> ConfigKeys::texts(std::string_view key, size_t size) const {
  std::vector<std::string_view> values;
  const std::optional<ConfigValue> array = TRY(find_array_of(key, size));
  if (!array) return values;
  for (size_t i = 0; i < size; ++i) {
    values.push_back(TRY(converted<std::string_view>(fmt::format("{}[{}]", full(key), i), (*array)[i])));
  }
  return values;
}

Result<size_t> ConfigKeys::array_size(std::string_view key) const {
  const std::optional<ConfigValue> array = TRY(find_array(key));
  return array ? array->size() : 0;
}

template <typename T>
std::optional<T> ConfigKeys::usable(std::string_view key) const {
  const std::optional<ConfigValue> found = find(key);
  if (!found) return std::nullopt;
  std::optional<T> value;
  if constexpr (std::is_same_v<T, bool>) {
    value = as_flag(*found);
  } else {
    value = found->as<T>();
  }
  if (!value) note(key, fmt::format("is {}, not {}", found->description(), expected_text<T>()));
  return value;
}

template std::optional<bool> ConfigKeys::usable(std::string_view) const;
template std::optional<uint32_t> ConfigKeys::usable(std::string_view) const;
template std::optional<int32_t> ConfigKeys::usable(std::string_view) const;
template std::optional<uint64_t> ConfigKeys::usable(std::string_view) const;
template std::optional<float> ConfigKeys::usable(std::string_view) const;
template std::optional<std::string_view> ConfigKeys::usable(std::string_view) const;

}  // namespace hearth
