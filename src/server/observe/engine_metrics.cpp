#include "server/observe/engine_metrics.h"

#include <utility>

namespace hearth::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(const char* name, const char* help, MetricType type, ClientMetric metric,
                    const std::string& model_name) {
  metric.label.push_back({"model_name", model_name});
  MetricFamily result;
  result.name = name;
  result.help = help;
  result.type = type;
  result.metric.push_back(std::move(metric));
  return result;
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

ClientMetric batch_sizes(const EngineStats& stats) {
  ClientMetric metric;
  metric.histogram.sample_count = stats.num_steps;
  metric.histogram.sample_sum = double(stats.num_step_sequences);
  uint64_t total = 0;
  for (size_t i = 0; i + 1 < EngineStats::kBatchBuckets; ++i) {
    total += stats.batch_sizes[i];
    metric.histogram.bucket.push_back({.cumulative_count = total, .upper_bound = double(1u << i)});
  }
  return metric;
}

/// One metric in each family.
std::vector<MetricFamily> families_of(const EngineStats& stats, const std::string& model_name) {
  std::vector<MetricFamily> families;
  const auto gauge = [&](const char* name, const char* help, double value) {
    ClientMetric metric;
    metric.gauge.value = value;
    families.push_back(family(name, help, MetricType::Gauge, std::move(metric), model_name));
  };
  const auto counter = [&](const char* name, const char* help, uint64_t value) {
    ClientMetric metric;
    metric.counter.value = double(value);
    families.push_back(family(name, help, MetricType::Counter, std::move(metric), model_name));
  };
  const double blocks = double(stats.num_kv_blocks);
  gauge("hearth_requests_running", "Requests that are in the batch.", double(stats.num_running));
  gauge("hearth_requests_waiting", "Requests that wait for a place in the batch.", double(stats.num_waiting));
  gauge("hearth_kv_blocks", "KV blocks there are.", blocks);
  gauge("hearth_kv_blocks_used", "KV blocks of running requests.", double(stats.num_kv_blocks_used));
  gauge("hearth_kv_blocks_cached", "KV blocks that only the prefix cache holds.",
        double(stats.num_kv_blocks_cached));
  gauge("hearth_kv_cache_usage", "Part of the KV blocks that running requests hold, 0 to 1.",
        ratio(double(stats.num_kv_blocks_used), blocks));
  gauge("hearth_prefix_disk_ready", "1 where prefixes on disk are in use: the weights are known.",
        double(stats.spill_ready));
  gauge("hearth_prefix_disk_failing", "1 while prefixes cannot be kept on disk.",
        double(stats.spill_failing));
  gauge("hearth_batch_size_mean", "Sequences of a step, the mean since the start.",
        ratio(double(stats.num_step_sequences), double(stats.num_steps)));
  families.push_back(family("hearth_batch_size", "Sequences of a step.", MetricType::Histogram,
                            batch_sizes(stats), model_name));
  counter("hearth_steps_total", "Steps of the engine.", stats.num_steps);
  counter("hearth_step_sequences_total", "Sequences that steps have computed.", stats.num_step_sequences);
  counter("hearth_computed_tokens_total", "Tokens that steps have computed.", stats.num_computed_tokens);
  counter("hearth_queue_refusals_total", "Requests refused by the engine for a full queue.",
          stats.num_refused);
  counter("hearth_prefix_cache_queries_total", "Tokens of prompts looked up in the prefix cache.",
          stats.num_prompt_tokens);
  counter("hearth_prefix_cache_hits_total", "Tokens of prompts found in the prefix cache.",
          stats.num_cached_tokens);
  counter("hearth_preemptions_total",
          "Times that a request was preempted: its KV blocks went to others, and it was computed again.",
          stats.num_preemptions);
  counter("hearth_draft_tokens_total", "Draft tokens that steps have verified.", stats.num_draft_tokens);
  counter("hearth_accepted_draft_tokens_total", "Draft tokens that were accepted.",
          stats.num_accepted_tokens);
  counter("hearth_forced_tokens_total", "Tokens that were set without a draw: a grammar left no other.",
          stats.num_forced_tokens);
  return families;
}

}  // namespace

std::vector<MetricFamily> engine_families(std::span<const NamedStats> engines) {
  std::vector<MetricFamily> all;
  for (const auto& [model_name, stats] : engines) {
    std::vector<MetricFamily> families = families_of(stats, model_name);
    if (all.empty()) {
      all = std::move(families);
      continue;
    }
    for (size_t i = 0; i < all.size(); ++i) all[i].metric.push_back(std::move(families[i].metric.front()));
  }
  return all;
}

}  // namespace hearth::server
