#include "formats/encoding/protobuf_reader.h"

#include "formats/model/config_keys.h"

namespace hearth {

Result<std::optional<ProtobufReader::Field>> ProtobufReader::next() {
  Result<std::optional<Field>> field = read();
  if (!field) field.error().hint = kDamagedFile;
  return field;
}

Result<std::optional<ProtobufReader::Field>> ProtobufReader::read() {
  if (reader_.remaining() == 0) return std::nullopt;
  const size_t offset = reader_.offset();
  const uint64_t key = TRY(varint());
  Field field;
  field.number = uint32_t(key >> 3);
  if (key >> 3 == 0 || key >> 3 > 0x1fffffff) {
    return fail(ErrorCode::kCorruptData, "{}: a field at offset {} has no number", name_, offset);
  }
  switch (key & 7) {
    case 0:
      field.value = TRY(varint());
      break;
    case 1:
      field.value = TRY(reader_.read<uint64_t>(name_));
      break;
    case 2:
      field.bytes = as_text(TRY(reader_.take(size_t(TRY(varint())), name_)));
      break;
    case 5:
      field.value = TRY(reader_.read<uint32_t>(name_));
      break;
    default:
      return fail(ErrorCode::kCorruptData, "{}: the field {} at offset {} is of no known type", name_,
                  field.number, offset);
  }
  return field;
}

Result<uint64_t> ProtobufReader::varint() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const uint8_t byte = TRY(reader_.read<uint8_t>(name_));
    value |= uint64_t(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return fail(ErrorCode::kCorruptData, "{}: a number before offset {} has no end", name_, reader_.offset());
}

}  // namespace hearth
