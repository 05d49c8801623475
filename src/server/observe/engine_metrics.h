#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

#include "engine/stats.h"

namespace hearth::server {

/// The statistics of an engine, and the name of its model.
using NamedStats = std::pair<std::string, EngineStats>;

/// Engines' statistics as Prometheus metrics.
std::vector<prometheus::MetricFamily> engine_families(std::span<const NamedStats> engines);

}  // namespace hearth::server
