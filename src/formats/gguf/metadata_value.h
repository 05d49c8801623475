#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/core.h>

#include "base/bytes.h"
#include "formats/model/config_value.h"

namespace hearth {

/// Type of a metadata value; the numbers are GGUF's.
enum class MetadataType : uint32_t {
  kUint8 = 0,
  kInt8 = 1,
  kUint16 = 2,
  kInt16 = 3,
  kUint32 = 4,
  kInt32 = 5,
  kFloat32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kUint64 = 10,
  kInt64 = 11,
  kFloat64 = 12,
};

/// "uint32", "string", ...
std::string_view to_string(MetadataType type);

/// Bytes of one value of a fixed size; 0 for strings, arrays and unknown types.
size_t metadata_type_bytes(MetadataType type);

/// One scalar inside a file, read where it lies. The conversions give nothing where the value is of another
/// kind or does not fit: `as<uint32_t>()` takes any integer type, `as<float>()` any number, `as<bool>()` only
/// a boolean.
class MetadataScalar {
 public:
  MetadataScalar(MetadataType type, ByteSpan bytes) : type_(type), bytes_(bytes) {}

  MetadataType type() const { return type_; }

  template <typename T>
  std::optional<T> as() const {
    if constexpr (std::is_same_v<T, std::string_view>) {
      return type_ == MetadataType::kString ? std::optional(as_text(bytes_)) : std::nullopt;
    } else if constexpr (std::is_same_v<T, bool>) {
      return type_ == MetadataType::kBool ? std::optional(load<uint8_t>() != 0) : std::nullopt;
    } else if constexpr (std::is_floating_point_v<T>) {
      return number<T>();
    } else {
      return integer<T>();
    }
  }

 private:
  template <typename T>
  T load() const {
    T value;
    std::memcpy(&value, bytes_.data(), sizeof(T));
    return value;
  }

  /// Calls fn with the value as its own integer type; false for what is no integer.
  template <typename Fn>
  bool visit_integer(Fn&& fn) const {
    switch (type_) {
      case MetadataType::kUint8:
        return fn(load<uint8_t>()), true;
      case MetadataType::kInt8:
        return fn(load<int8_t>()), true;
      case MetadataType::kUint16:
        return fn(load<uint16_t>()), true;
      case MetadataType::kInt16:
        return fn(load<int16_t>()), true;
      case MetadataType::kUint32:
        return fn(load<uint32_t>()), true;
      case MetadataType::kInt32:
        return fn(load<int32_t>()), true;
      case MetadataType::kUint64:
        return fn(load<uint64_t>()), true;
      case MetadataType::kInt64:
        return fn(load<int64_t>()), true;
      default:
        return false;
    }
  }

  template <std::integral T>
  std::optional<T> integer() const {
    std::optional<T> result;
    visit_integer([&](auto value) {
      if (std::in_range<T>(value)) result = T(value);
    });
    return result;
  }

  template <std::floating_point T>
  std::optional<T> number() const {
    if (type_ == MetadataType::kFloat32) return T(load<float>());
    if (type_ == MetadataType::kFloat64) return T(load<double>());
    std::optional<T> result;
    visit_integer([&](auto value) { result = T(value); });
    return result;
  }

  MetadataType type_;
  ByteSpan bytes_;
};

/// An array inside a file, read where it lies. Its bytes were checked when the file was opened.
class MetadataArray {
 public:
  MetadataArray(MetadataType element_type, size_t size, ByteSpan bytes)
      : element_type_(element_type), size_(size), bytes_(bytes) {}

  MetadataType element_type() const { return element_type_; }
  size_t size() const { return size_; }
  /// The elements as the file stores them.
  ByteSpan bytes() const { return bytes_; }

  /// Element `index` of an array of numbers or booleans, in constant time. Strings are walked: `strings()`.
  MetadataScalar operator[](size_t index) const {
    const size_t bytes = metadata_type_bytes(element_type_);
    return {element_type_, bytes_.subspan(index * bytes, bytes)};
  }

  /// The elements of an array of strings in turn, as views into the file; of another array, none.
  class StringRange;
  StringRange strings() const;

 private:
  MetadataType element_type_;
  size_t size_;
  ByteSpan bytes_;
};

class MetadataArray::StringRange {
 public:
  class Iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    Iterator(const std::byte* at, size_t left) : at_(at), left_(left) {}
    std::string_view operator*() const {
      return {reinterpret_cast<const char*>(at_ + sizeof(uint64_t)), length()};
    }
    Iterator& operator++() {
      at_ += sizeof(uint64_t) + length();
      --left_;
      return *this;
    }
    Iterator operator++(int) {
      const Iterator old = *this;
      ++*this;
      return old;
    }
    bool operator==(const Iterator& other) const { return left_ == other.left_; }

   private:
    size_t length() const {
      uint64_t length;
      std::memcpy(&length, at_, sizeof(length));
      return size_t(length);
    }

    const std::byte* at_ = nullptr;
    size_t left_ = 0;
  };

  StringRange(const std::byte* bytes, size_t count) : bytes_(bytes), count_(count) {}
  Iterator begin() const { return {bytes_, count_}; }
  Iterator end() const { return {nullptr, 0}; }
  size_t size() const { return count_; }

 private:
  const std::byte* bytes_;
  size_t count_;
};

inline MetadataArray::StringRange MetadataArray::strings() const {
  return {bytes_.data(), element_type_ == MetadataType::kString ? size_ : 0};
}

/// A metadata value inside a file: a scalar or an array of scalars. A view: the file must outlive it.
class MetadataValue {
 public:
  /// A scalar; a string's bytes are its characters.
  MetadataValue(MetadataType type, ByteSpan bytes) : type_(type), bytes_(bytes) {}
  explicit MetadataValue(MetadataArray array)
      : type_(MetadataType::kArray),
        element_type_(array.element_type()),
        size_(array.size()),
        bytes_(array.bytes()) {}

  MetadataType type() const { return type_; }

  /// As `MetadataScalar::as`; `as<MetadataArray>()` gives the array.
  template <typename T>
  std::optional<T> as() const {
    if constexpr (std::is_same_v<T, MetadataArray>) {
      return type_ == MetadataType::kArray ? std::optional(MetadataArray(element_type_, size_, bytes_))
                                           : std::nullopt;
    } else {
      return type_ == MetadataType::kArray ? std::nullopt : MetadataScalar(type_, bytes_).as<T>();
    }
  }

 private:
  MetadataType type_;
  MetadataType element_type_ = MetadataType::kUint8;
  size_t size_ = 0;
  ByteSpan bytes_;
};

/// A value for a message: "the uint32 7", "the string \"x\"", "an array of 3 float32".
std::string describe(const MetadataValue& value);

/// What a value must be to be read as a T, for a message.
template <typename T>
std::string expected_metadata_text() {
  if constexpr (std::is_same_v<T, MetadataArray>) {
    return "an array";
  } else {
    return expected_text<T>();
  }
}

}  // namespace hearth
