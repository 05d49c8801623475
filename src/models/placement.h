#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "backend/backend.h"
#include "models/blocks/cache_spec.h"

namespace hearth {

/// Which device holds which part of a model. The devices outlive what is placed on them.
struct Placement {
  /// Devices of one layer's sublayers, as indexes of `devices`.
  struct Layer {
    size_t mixer = 0;
    size_t feed_forward = 0;
  };

  /// All on one device.
  Placement(Backend& device) : devices{&device} {}
  explicit Placement(std::vector<Backend*> all) : devices(std::move(all)) {}

  Layer layer(size_t index) const { return layers.empty() ? Layer() : layers[index]; }
  Backend& device(size_t index) const { return *devices[index]; }

  std::vector<Backend*> devices;
  size_t embedding = 0;
  size_t head = 0;
  std::vector<Layer> layers;  ///< empty: all on the first device
};

/// Each device in turn takes an equal share of the layers; the first one the embedding, the last one the
/// head.
Placement place_in_turn(std::span<Backend* const> devices, size_t num_layers);

/// Cache groups of layers that keep the same, divided by the devices of the layers' mixers.
std::vector<CacheSpec> place_caches(std::span<const CacheSpec> specs, const Placement& placement);

}  // namespace hearth
