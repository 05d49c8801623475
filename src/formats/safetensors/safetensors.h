#pragma once

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "base/file.h"
#include "formats/safetensors/header.h"
#include "tensor/tensor.h"

namespace hearth {

/// A safetensors file, whose header is read and checked in whole when it is opened (see
/// `parse_safetensors_header`). Tensors are views into the file, valid while the object (or the object it was
/// moved into) lives. Immutable, thread-safe.
class SafetensorsFile {
 public:
  /// Errors: those of `MappedFile::open` and `parse_safetensors_header`.
  static Result<SafetensorsFile> open(const std::filesystem::path& path);

  /// The same from bytes in memory, which must outlive the object.
  static Result<SafetensorsFile> parse(ByteSpan bytes);

  uint64_t file_bytes() const { return bytes_.size(); }
  uint64_t data_offset() const { return header_.data_offset; }
  /// The file itself; null where it was parsed from memory.
  const MappedFile* mapped() const { return file_.get(); }

  /// Sorted by name.
  const std::vector<SafetensorsTensor>& tensors() const { return header_.tensors; }
  /// Null where the name is absent.
  const SafetensorsTensor* find(std::string_view name) const;

  /// A view of a tensor's bytes. Error: kUnsupported for a type that nothing here computes with.
  Result<TensorView> view(const SafetensorsTensor& tensor) const;

 private:
  SafetensorsFile(ByteSpan bytes, SafetensorsHeader header) : bytes_(bytes), header_(std::move(header)) {}

  ByteSpan bytes_;
  SafetensorsHeader header_;
  std::unique_ptr<MappedFile> file_;  ///< at an address of its own, which tensor views name
};

}  // namespace hearth
