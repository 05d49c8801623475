#pragma once

#include "models/placement.h"

namespace hearth {

/// Every sublayer on another device than the other one of its layer, and mixers on both.
inline Placement alternating(Backend& first, Backend& second, int num_layers) {
  Placement placement({&first, &second});
  placement.embedding = 1;
  for (size_t i = 0; i < size_t(num_layers); ++i) {
    placement.layers.push_back({.mixer = i % 2, .feed_forward = (i + 1) % 2});
  }
  return placement;
}

}  // namespace hearth
