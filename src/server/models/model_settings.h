#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "quant/dtype.h"

namespace hearth::server {

/// What is set for one model, in place of what holds for all.
struct ModelSettings {
  std::optional<size_t> context = {};
  std::optional<DType> kv_dtype = {};
  std::optional<std::chrono::nanoseconds> keep_alive = {};
  bool pinned = false;  ///< once loaded, it stays
  int priority = 0;     ///< the lower make room first
};

}  // namespace hearth::server
