#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "formats/huggingface/shards.h"

/// A model.safetensors.index.json: whatever it says, the files that it names are some of its own folder.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto index = hearth::parse_shard_index({reinterpret_cast<const char*>(data), size});
  if (!index) {
    CHECK(!index.error().message.empty() && !index.error().hint.empty());
    return 0;
  }
  CHECK(!index->empty());
  for (const auto& [file, tensors] : *index) {
    const std::filesystem::path path(file);
    CHECK(path.filename() == path && path.extension() == ".safetensors" && !tensors.empty());
  }
  return 0;
}
