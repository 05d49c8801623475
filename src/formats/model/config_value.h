#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/core.h>

namespace hearth {

/// One value of a model's description, whatever format spells it: a scalar, an array, or neither (JSON's null
/// and objects). A view: what it came from must outlive it.
class ConfigValue {
 public:
  using Scalar = std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string_view>;
  using Element = std::function<ConfigValue(size_t index)>;

  /// `description` is for messages: "the uint32 7", "the string \"x\"".
  ConfigValue(Scalar scalar, std::string description)
      : scalar_(scalar), description_(std::move(description)) {}
  ConfigValue(size_t size, Element element, std::string description)
      : description_(std::move(description)), element_(std::move(element)), size_(size) {}

  const std::string& description() const { return description_; }
  bool is_array() const { return bool(element_); }
  size_t size() const { return size_; }
  ConfigValue operator[](size_t index) const { return element_(index); }

  /// Nothing where the value is of another kind or does not fit: an integer type takes any integer, a
  /// floating-point type any number, bool and std::string_view only their own.
  template <typename T>
  std::optional<T> as() const {
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string_view>) {
      const T* value = std::get_if<T>(&scalar_);
      return value != nullptr ? std::optional(*value) : std::nullopt;
    } else {
      return number<T>();
    }
  }

 private:
  template <typename T>
  std::optional<T> number() const {
    if (const auto* value = std::get_if<int64_t>(&scalar_)) return from_integer<T>(*value);
    if (const auto* value = std::get_if<uint64_t>(&scalar_)) return from_integer<T>(*value);
    if constexpr (std::is_floating_point_v<T>) {
      if (const auto* value = std::get_if<double>(&scalar_)) return T(*value);
    }
    return std::nullopt;
  }
  template <typename T, typename Integer>
  static std::optional<T> from_integer(Integer value) {
    if constexpr (!std::is_floating_point_v<T>) {
      if (!std::in_range<T>(value)) return std::nullopt;
    }
    return T(value);
  }

  Scalar scalar_;
  std::string description_;
  Element element_;
  size_t size_ = 0;
};

/// What a value must be to be read as a T, for a message.
template <typename T>
std::string expected_text() {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return "a string";
  } else if constexpr (std::is_same_v<T, bool>) {
    return "a boolean";
  } else if constexpr (std::is_floating_point_v<T>) {
    return "a number";
  } else {
    return fmt::format("an integer within {}..{}", std::numeric_limits<T>::min(),
                       std::numeric_limits<T>::max());
  }
}

}  // namespace hearth
