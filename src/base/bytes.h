#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/result.h"

namespace hearth {

using ByteSpan = std::span<const std::byte>;

/// Reads little-endian values from untrusted bytes. Every read is bounds-checked and its error names the
/// field and the offset. The bytes must outlive the reader and the views it hands out.
class ByteReader {
 public:
  explicit ByteReader(ByteSpan bytes, size_t offset = 0) : bytes_(bytes), offset_(offset) {}

  size_t offset() const { return offset_; }
  size_t remaining() const { return bytes_.size() - offset_; }

  /// The next `size` bytes, as a view.
  Result<ByteSpan> take(size_t size, std::string_view field) {
    if (size > remaining()) {
      return fail(ErrorCode::kCorruptData, "{} at offset {} needs {} bytes but {} are left", field, offset_,
                  size, remaining());
    }
    ByteSpan view = bytes_.subspan(offset_, size);
    offset_ += size;
    return view;
  }

  /// The next integer or float of type T.
  template <typename T>
    requires std::is_arithmetic_v<T>
  Result<T> read(std::string_view field) {
    const ByteSpan view = TRY(take(sizeof(T), field));
    T value;
    std::memcpy(&value, view.data(), sizeof(T));
    return value;
  }

 private:
  ByteSpan bytes_;
  size_t offset_;
};

inline std::string_view as_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline ByteSpan as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace hearth
