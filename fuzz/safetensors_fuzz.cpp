// A safetensors file's bytes: the header and all tensors. What loads is read in whole.

#include <cstdint>
#include <vector>

#include "formats/safetensors/safetensors.h"
#include "quant/format.h"

namespace {

using namespace hearth;

void check(bool promise) {
  if (!promise) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = SafetensorsFile::parse(std::as_bytes(std::span(data, size)));
  if (!file) {
    check(!file.error().message.empty() && !file.error().hint.empty());
    return 0;
  }
  uint64_t bytes = file->data_offset();
  for (const SafetensorsTensor& tensor : file->tensors()) {
    check(file->find(tensor.name) == &tensor && tensor.offset + tensor.bytes <= size);
    bytes += tensor.bytes;
    const auto view = file->view(tensor);
    if (!view) continue;
    check(view->data.size() == tensor.bytes);
    if (!is_decodable(view->dtype)) continue;
    std::vector<float> values(size_t(view->shape.size()));
    decode_blocks(view->dtype, view->data.data(), view->shape.size(), values.data());
  }
  check(bytes == size);
  return 0;
}
