#include "models/placement.h"

#include <algorithm>

#include "base/check.h"

namespace hearth {

Placement place_in_turn(std::span<Backend* const> devices, size_t num_layers) {
  CHECK(!devices.empty());
  Placement placement({devices.begin(), devices.end()});
  placement.head = devices.size() - 1;
  for (size_t layer = 0; layer < num_layers; ++layer) {
    const size_t device = layer * devices.size() / num_layers;
    placement.layers.push_back({.mixer = device, .feed_forward = device});
  }
  return placement;
}

std::vector<CacheSpec> place_caches(std::span<const CacheSpec> specs, const Placement& placement) {
  std::vector<CacheSpec> placed;
  for (const CacheSpec& spec : specs) {
    const size_t first_of_spec = placed.size();
    for (const int layer : spec.layers) {
      const size_t device = placement.layer(size_t(layer)).mixer;
      auto group = std::find_if(placed.begin() + ptrdiff_t(first_of_spec), placed.end(),
                                [&](const CacheSpec& other) { return other.device == device; });
      if (group == placed.end()) {
        group = placed.insert(group, spec);
        group->device = device;
        group->layers.clear();
      }
      group->layers.push_back(layer);
    }
  }
  return placed;
}

}  // namespace hearth
