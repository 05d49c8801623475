#pragma once

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/file.h"
#include "formats/gguf/gguf.h"
#include "formats/testing/gguf_builder.h"
#include "models/testing/gguf_editor.h"

// Model files that tests of the program make of a fixture.

namespace hearth::cli {

inline std::string tiny_model_bytes() {
  return *read_file(HEARTH_SOURCE_DIR "/tests/fixtures/models/llama3.gguf", size_t(1) << 20);
}

/// The fixture with all values of an f32 tensor set to one.
inline std::string with_values(std::string_view tensor, float value) {
  std::string bytes = tiny_model_bytes();
  const GgufFile file = *GgufFile::parse(as_bytes(bytes));
  const GgufTensor* found = file.find_tensor(tensor);
  EXPECT_TRUE(found != nullptr && found->type_id == uint32_t(DType::kF32));
  const size_t offset = found->offset, count = size_t(found->shape.size());
  for (size_t i = 0; i < count; ++i) std::memcpy(&bytes[offset + i * sizeof(value)], &value, sizeof(value));
  return bytes;
}

inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), std::streamsize(bytes.size()));
}

/// The fixture as two files, NAME-00001-of-00002.gguf and its second part: the tensors of the last layer and
/// what comes behind the layers. Returns the first's path.
inline std::filesystem::path write_split_model(const std::filesystem::path& folder, const std::string& name) {
  const std::string bytes = tiny_model_bytes();
  const GgufFile file = *GgufFile::parse(as_bytes(bytes));
  const auto is_second = [](std::string_view tensor) {
    return tensor.starts_with("blk.2.") || tensor.starts_with("output");
  };
  GgufEditor first(bytes);
  GgufBuilder second;
  second.add("split.no", uint16_t(1)).add("split.count", uint16_t(2));
  for (const GgufTensor& tensor : file.tensors()) {
    if (!is_second(tensor.name)) continue;
    GgufBuilder::Tensor moved{
        .name = std::string(tensor.name), .type_id = tensor.type_id, .dims = {}, .data = {}};
    for (size_t i = tensor.shape.rank(); i-- > 0;) moved.dims.push_back(uint64_t(tensor.shape[i]));
    moved.data = bytes.substr(tensor.offset, *tensor.bytes);
    second.add(moved);
  }
  std::erase_if(first.tensors, [&](const auto& tensor) { return is_second(tensor.name); });
  first.set("split.no", MetadataType::kUint16, uint16_t(0));
  first.set("split.count", MetadataType::kUint16, uint16_t(2));
  const std::filesystem::path path = folder / (name + "-00001-of-00002.gguf");
  write_bytes(path, first.bytes());
  write_bytes(folder / (name + "-00002-of-00002.gguf"), second.build());
  return path;
}

}  // namespace hearth::cli
