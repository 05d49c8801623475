#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "store/content/layer_name.h"
#include "store/content/manifest.h"

// What registries send: what is taken is within its limits, and is the same when it is written and read
// again.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto manifest = hearth::Manifest::parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!manifest) return 0;
  for (const hearth::Layer& layer : manifest->layers) {
    if (!layer.name.empty() && !hearth::check_layer_name(layer.name)) std::abort();
  }
  if (manifest->num_bytes() > uint64_t(1) << 53) std::abort();
  manifest->write();
  const std::string text = manifest->text;
  auto again = hearth::Manifest::parse(text);
  if (!again || again->layers.size() != manifest->layers.size()) std::abort();
  again->write();
  if (again->text != text || again->digest() != manifest->digest()) std::abort();
  return 0;
}
