#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "formats/gguf/metadata_value.h"

namespace hearth {

/// Writes GGUF files for tests, well-formed unless told otherwise, and remembers where each number stands.
/// Add the metadata before the tensors.
class GgufBuilder {
 public:
  /// A number of the file that a test may overwrite.
  struct Field {
    std::string name;
    size_t offset;
    size_t bytes;
  };

  explicit GgufBuilder(uint32_t version = 3) : version_(version) {}

  GgufBuilder& add(std::string_view key, std::string_view text) {
    start_value(key, MetadataType::kString);
    put_string(key, text);
    return *this;
  }
  GgufBuilder& add(std::string_view key, const char* text) { return add(key, std::string_view(text)); }

  template <typename T>
    requires std::is_arithmetic_v<T>
  GgufBuilder& add(std::string_view key, T value) {
    start_value(key, type_of<T>());
    put(std::string(key) + " value", value);
    return *this;
  }

  template <typename T>
    requires std::is_arithmetic_v<T>
  GgufBuilder& add(std::string_view key, const std::vector<T>& values) {
    start_array(key, type_of<T>(), values.size());
    for (const T value : values) append(value);
    return *this;
  }

  GgufBuilder& add(std::string_view key, const std::vector<std::string>& texts) {
    start_array(key, MetadataType::kString, texts.size());
    for (const std::string& text : texts) put_string(key, text);
    return *this;
  }

  /// A value of any type number, written as `bytes` stand.
  GgufBuilder& add_raw(std::string_view key, uint32_t type, std::string_view bytes) {
    start_value(key, MetadataType(type));
    header_ += bytes;
    return *this;
  }

  /// Dimensions fastest first. `data` goes to the next aligned place; `offset` and `rank` replace what would
  /// be written for them.
  struct Tensor {
    std::string name;
    uint32_t type_id = 0;
    std::vector<uint64_t> dims;
    std::string data;
    std::optional<uint64_t> offset = {};
    std::optional<uint32_t> rank = {};
  };
  GgufBuilder& add(const Tensor& tensor) {
    put_string(tensor.name, tensor.name);
    put(tensor.name + " rank", tensor.rank.value_or(uint32_t(tensor.dims.size())));
    for (const uint64_t dim : tensor.dims) put(tensor.name + " dim", dim);
    put(tensor.name + " type", tensor.type_id);
    data_.resize((data_.size() + alignment_ - 1) / alignment_ * alignment_);
    put(tensor.name + " offset", tensor.offset.value_or(data_.size()));
    data_ += tensor.data;
    ++num_tensors_;
    return *this;
  }

  /// Of the data section; writes no key.
  GgufBuilder& align(size_t alignment) {
    alignment_ = alignment;
    return *this;
  }
  /// Writes these counts in place of the true ones.
  GgufBuilder& claim(uint64_t num_tensors, uint64_t num_metadata) {
    claimed_ = {num_tensors, num_metadata};
    return *this;
  }

  /// The whole file; without tensors, it ends with the header.
  std::string build() const {
    std::string file = "GGUF";
    append_to(file, version_);
    append_to(file, claimed_ ? claimed_->num_tensors : num_tensors_);
    append_to(file, claimed_ ? claimed_->num_metadata : num_metadata_);
    file += header_;
    if (num_tensors_ == 0) return file;
    file.resize((file.size() + alignment_ - 1) / alignment_ * alignment_);
    return file + data_;
  }

  /// Bytes before the padding of the data section.
  size_t header_bytes() const { return kStartBytes + header_.size(); }

  std::vector<Field> fields() const {
    std::vector<Field> fields = {{"version", 4, 4}, {"tensor count", 8, 8}, {"metadata count", 16, 8}};
    for (const Field& field : fields_)
      fields.push_back({field.name, field.offset + kStartBytes, field.bytes});
    return fields;
  }

 private:
  static constexpr size_t kStartBytes = 24;

  struct Counts {
    uint64_t num_tensors, num_metadata;
  };

  template <typename T>
  static constexpr MetadataType type_of() {
    if constexpr (std::is_same_v<T, bool>) return MetadataType::kBool;
    if constexpr (std::is_floating_point_v<T>) {
      return sizeof(T) == 4 ? MetadataType::kFloat32 : MetadataType::kFloat64;
    }
    constexpr MetadataType kUnsigned[] = {MetadataType::kUint8, MetadataType::kUint16, MetadataType::kUint32,
                                          MetadataType::kUint64};
    constexpr MetadataType kSigned[] = {MetadataType::kInt8, MetadataType::kInt16, MetadataType::kInt32,
                                        MetadataType::kInt64};
    constexpr int kSize = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    return std::is_signed_v<T> ? kSigned[kSize] : kUnsigned[kSize];
  }

  template <typename T>
  static void append_to(std::string& out, T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    out.append(bytes, sizeof(T));
  }
  template <typename T>
  void append(T value) {
    append_to(header_, value);
  }
  template <typename T>
  void put(std::string name, T value) {
    fields_.push_back({std::move(name), header_.size(), sizeof(T)});
    append(value);
  }
  void put_string(std::string_view name, std::string_view text) {
    put(std::string(name) + " length", uint64_t(text.size()));
    header_ += text;
  }
  void start_value(std::string_view key, MetadataType type) {
    put_string(key, key);
    put(std::string(key) + " type", uint32_t(type));
    ++num_metadata_;
  }
  void start_array(std::string_view key, MetadataType type, size_t count) {
    start_value(key, MetadataType::kArray);
    put(std::string(key) + " element type", uint32_t(type));
    put(std::string(key) + " count", uint64_t(count));
  }

  uint32_t version_;
  size_t alignment_ = 32;
  uint64_t num_tensors_ = 0, num_metadata_ = 0;
  std::optional<Counts> claimed_;
  std::string header_, data_;
  std::vector<Field> fields_;
};

}  // namespace hearth
