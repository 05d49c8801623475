#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "base/result.h"
#include "formats/gguf/header.h"
#include "formats/gguf/metadata_value.h"
#include "tensor/tensor.h"

namespace hearth {

/// A GGUF file, version 2 or 3, little-endian. Its header is read and checked in whole when it is opened:
/// names are unique, every string, array and tensor lies within the file, sizes fit their types, tensors do
/// not overlap. Values and tensors are views into the file, valid while the object (or the object it was
/// moved into) lives. Immutable, thread-safe.
class GgufFile {
 public:
  /// Errors: those of `MappedFile::open`; kCorruptData naming the field and its offset; kUnsupported for
  /// another version or byte order; kResourceLimit for a header beyond what any model has.
  static Result<GgufFile> open(const std::filesystem::path& path);

  /// The same from bytes in memory, which must outlive the object.
  static Result<GgufFile> parse(ByteSpan bytes);

  uint32_t version() const { return header_.version; }
  uint64_t alignment() const { return header_.alignment; }
  uint64_t file_bytes() const { return bytes_.size(); }
  /// Where the data section starts: what comes before is header and padding.
  uint64_t data_offset() const { return header_.data_offset; }
  /// Empty where the file was parsed from memory.
  std::filesystem::path path() const;
  /// The file itself; null where it was parsed from memory.
  const MappedFile* mapped() const { return file_.get(); }

  /// In the file's order.
  const std::vector<GgufMetadata>& metadata() const { return header_.metadata; }
  const std::vector<GgufTensor>& tensors() const { return header_.tensors; }

  /// Nothing where the key or the name is absent.
  const MetadataValue* find(std::string_view key) const;
  const GgufTensor* find_tensor(std::string_view name) const;

  /// The value of `key`, nothing where it is absent. T: bool, an integer type, float, double,
  /// std::string_view or MetadataArray; see `MetadataScalar::as`. Error: kCorruptData naming the key, its
  /// type and its value's range.
  template <typename T>
  Result<std::optional<T>> get_optional(std::string_view key) const;

  /// The same, where the key must be present.
  template <typename T>
  Result<T> get(std::string_view key) const;

  /// A view of a tensor's bytes. Errors: kCorruptData where there is none of that name, kUnsupported for its
  /// type.
  Result<TensorView> tensor(std::string_view name) const;
  Result<TensorView> tensor(const GgufTensor& tensor) const;

 private:
  GgufFile(ByteSpan bytes, GgufHeader header) : bytes_(bytes), header_(std::move(header)) {}

  ByteSpan bytes_;
  GgufHeader header_;
  std::unique_ptr<MappedFile> file_;  ///< at an address of its own, which tensor views name
};

}  // namespace hearth
