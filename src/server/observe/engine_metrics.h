#pragma once

#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include "engine/stats.h"

namespace hearth::server {

/// An engine's statistics as Prometheus metrics.
std::vector<prometheus::MetricFamily> engine_families(const EngineStats& stats,
                                                      const std::string& model_name);

}  // namespace hearth::server
