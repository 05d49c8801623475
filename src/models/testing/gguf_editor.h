#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "formats/gguf/metadata_value.h"

namespace hearth {

/// The bytes of a well-formed GGUF file, taken apart so that a test can change what it says and put it
/// together again.
class GgufEditor {
 public:
  struct Tensor {
    std::string name;
    std::vector<uint64_t> dimensions;  ///< fastest first
    uint32_t type;
    uint64_t offset;
  };

  explicit GgufEditor(std::string_view file) : rest_(file) {
    magic_and_version_ = take(8);
    const auto num_tensors = read<uint64_t>(), num_pairs = read<uint64_t>();
    for (uint64_t i = 0; i < num_pairs; ++i) {
      std::string key(take_string());
      const std::string_view from = rest_;
      skip_value(read<uint32_t>());
      pairs_.push_back({std::move(key), std::string(from.substr(0, from.size() - rest_.size()))});
    }
    for (uint64_t i = 0; i < num_tensors; ++i) {
      Tensor tensor{.name = std::string(take_string()), .dimensions = {}, .type = 0, .offset = 0};
      const auto rank = read<uint32_t>();
      for (uint32_t axis = 0; axis < rank; ++axis) tensor.dimensions.push_back(read<uint64_t>());
      tensor.type = read<uint32_t>();
      tensor.offset = read<uint64_t>();
      tensors.push_back(std::move(tensor));
    }
    const size_t header = file.size() - rest_.size();
    data_ = file.substr(std::min(file.size(), (header + 31) / 32 * 32));
  }

  /// Sets or adds a scalar.
  template <typename T>
  void set(const std::string& key, MetadataType type, T value) {
    put(key, encode(uint32_t(type)) + encode(value));
  }
  void set_text(const std::string& key, std::string_view text) {
    put(key, encode(uint32_t(MetadataType::kString)) + encode(uint64_t(text.size())) + std::string(text));
  }
  template <typename T>
  void set_array(const std::string& key, MetadataType type, const std::vector<T>& values) {
    std::string bytes =
        encode(uint32_t(MetadataType::kArray)) + encode(uint32_t(type)) + encode(uint64_t(values.size()));
    for (const T value : values) bytes += encode(value);
    put(key, std::move(bytes));
  }
  void erase(std::string_view key) {
    std::erase_if(pairs_, [&](const Pair& pair) { return pair.key == key; });
  }
  Tensor& tensor(std::string_view name) {
    const auto found = std::ranges::find(tensors, name, &Tensor::name);
    CHECK(found != tensors.end());
    return *found;
  }

  std::string bytes() const {
    std::string file(magic_and_version_);
    file += encode(uint64_t(tensors.size())) + encode(uint64_t(pairs_.size()));
    for (const Pair& pair : pairs_) file += encode(uint64_t(pair.key.size())) + pair.key + pair.value;
    for (const Tensor& tensor : tensors) {
      file += encode(uint64_t(tensor.name.size())) + tensor.name + encode(uint32_t(tensor.dimensions.size()));
      for (const uint64_t dimension : tensor.dimensions) file += encode(dimension);
      file += encode(tensor.type) + encode(tensor.offset);
    }
    file.resize((file.size() + 31) / 32 * 32);
    return file + std::string(data_);
  }

  std::vector<Tensor> tensors;

 private:
  struct Pair {
    std::string key;
    std::string value;  ///< type and value, as the file spells them
  };

  template <typename T>
  static std::string encode(T value) {
    return {reinterpret_cast<const char*>(&value), sizeof(value)};
  }
  std::string_view take(size_t size) {
    CHECK(size <= rest_.size());
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  template <typename T>
  T read() {
    T value;
    take(sizeof(T)).copy(reinterpret_cast<char*>(&value), sizeof(T));
    return value;
  }
  std::string_view take_string() { return take(read<uint64_t>()); }
  void skip_value(uint32_t type) {
    if (MetadataType(type) == MetadataType::kString) {
      take_string();
    } else if (MetadataType(type) == MetadataType::kArray) {
      const auto element = read<uint32_t>();
      const auto count = read<uint64_t>();
      for (uint64_t i = 0; i < count; ++i) skip_value(element);
    } else {
      take(metadata_type_bytes(MetadataType(type)));
    }
  }
  void put(const std::string& key, std::string value) {
    const auto found = std::ranges::find(pairs_, key, &Pair::key);
    if (found != pairs_.end()) {
      found->value = std::move(value);
    } else {
      pairs_.push_back({key, std::move(value)});
    }
  }

  std::string_view rest_;
  std::string_view magic_and_version_;
  std::vector<Pair> pairs_;
  std::string_view data_;
};

}  // namespace hearth
