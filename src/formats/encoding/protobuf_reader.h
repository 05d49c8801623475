#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace hearth {

/// Reads the fields of an untrusted protobuf message (encoding specification of protocol buffers), one after
/// the other. The bytes must outlive what it gives out.
class ProtobufReader {
 public:
  struct Field {
    uint32_t number = 0;
    uint64_t value = 0;      ///< of varints and fixed numbers, by their bits
    std::string_view bytes;  ///< of texts and messages
  };

  /// `name`: of the message, for errors.
  ProtobufReader(std::string_view bytes, std::string_view name) : reader_(as_bytes(bytes)), name_(name) {}

  /// The next field; nothing at the end. Error: kCorruptData for what is no field.
  Result<std::optional<Field>> next();

 private:
  Result<std::optional<Field>> read();
  Result<uint64_t> varint();

  ByteReader reader_;
  std::string_view name_;
};

}  // namespace hearth
