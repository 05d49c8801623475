#include "server/observe/metrics.h"

#include <map>
#include <mutex>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace hearth::server {
namespace {

using prometheus::Histogram;

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

const Histogram::BucketBoundaries kSeconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                              1,     2.5,    5,     10,   25,    50,   100, 250};
const Histogram::BucketBoundaries kTokens = {1,    4,    16,   64,    256,   512,   1024,
                                             2048, 4096, 8192, 16384, 32768, 131072};

prometheus::Labels labels_of(const std::string& model) {
  if (model.empty()) return {};
  return {{"model_name", model}};
}

/// Names under which others know a family.
const std::map<std::string, std::vector<std::string>, std::less<>>& aliases() {
  static const std::map<std::string, std::vector<std::string>, std::less<>> kAliases = {
      {"hearth_prompt_tokens_total", {"vllm:prompt_tokens_total", "llamacpp:prompt_tokens_total"}},
      {"hearth_cached_prompt_tokens_total", {"vllm:prompt_tokens_cached_total"}},
      {"hearth_generated_tokens_total", {"vllm:generation_tokens_total", "llamacpp:tokens_predicted_total"}},
      {"hearth_prompt_seconds_total", {"llamacpp:prompt_seconds_total"}},
      {"hearth_generate_seconds_total", {"llamacpp:tokens_predicted_seconds_total"}},
      {"hearth_time_to_first_token_seconds", {"vllm:time_to_first_token_seconds"}},
      {"hearth_inter_token_latency_seconds", {"vllm:inter_token_latency_seconds"}},
      {"hearth_end_to_end_seconds", {"vllm:e2e_request_latency_seconds"}},
      {"hearth_queue_seconds", {"vllm:request_queue_time_seconds"}},
      {"hearth_prompt_seconds", {"vllm:request_prefill_time_seconds"}},
      {"hearth_generate_seconds", {"vllm:request_decode_time_seconds"}},
      {"hearth_request_prompt_tokens", {"vllm:request_prompt_tokens"}},
      {"hearth_request_generated_tokens", {"vllm:request_generation_tokens"}},
      {"hearth_finished_exchanges_total", {"vllm:request_success_total"}},
      {"hearth_requests_running", {"vllm:num_requests_running", "llamacpp:requests_processing"}},
      {"hearth_requests_waiting", {"vllm:num_requests_waiting", "llamacpp:requests_deferred"}},
      {"hearth_kv_cache_usage", {"vllm:kv_cache_usage_perc"}},
      {"hearth_steps_total", {"llamacpp:n_decode_total"}},
      {"hearth_batch_size_mean", {"llamacpp:n_busy_slots_per_decode"}},
      {"hearth_prefix_cache_queries_total", {"vllm:prefix_cache_queries_total"}},
      {"hearth_prefix_cache_hits_total", {"vllm:prefix_cache_hits_total"}},
      {"hearth_preemptions_total", {"vllm:num_preemptions_total"}},
      {"hearth_draft_tokens_total", {"vllm:spec_decode_num_draft_tokens_total"}},
      {"hearth_accepted_draft_tokens_total", {"vllm:spec_decode_num_accepted_tokens_total"}},
  };
  return kAliases;
}

}  // namespace

/// The figures of what one model has answered.
struct Metrics::ModelFigures {
  prometheus::Counter& prompt_tokens;
  prometheus::Counter& cached_tokens;
  prometheus::Counter& generated_tokens;
  prometheus::Counter& prompt_time;
  prometheus::Counter& generate_time;
  Histogram& first_token;
  Histogram& token_gap;
  Histogram& end_to_end;
  Histogram& queue;
  Histogram& prompt;
  Histogram& generate;
  Histogram& request_prompt_tokens;
  Histogram& request_generated_tokens;
};

struct Metrics::State {
  explicit State(const std::string& default_model) : labels(labels_of(default_model)) {}

  prometheus::Family<prometheus::Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  prometheus::Counter& counter(const char* name, const char* help, const prometheus::Labels& with) {
    return counters(name, help).Add(with);
  }
  Histogram& histogram(const char* name, const char* help, const prometheus::Labels& with,
                       const Histogram::BucketBoundaries& buckets = kSeconds) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add(with, buckets);
  }

  const ModelFigures& of_model(const std::string& name);
  void add_live_figures(std::vector<prometheus::MetricFamily>& families);

  prometheus::Registry registry;
  prometheus::Labels labels;
  prometheus::Family<prometheus::Counter>& requests =
      counters("hearth_http_requests_total", "HTTP requests.");
  prometheus::Family<Histogram>& durations =
      prometheus::BuildHistogram()
          .Name("hearth_http_request_seconds")
          .Help("Time from the first byte of a request to the last of its response.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& refusals =
      counters("hearth_refusals_total", "Requests refused before any work.");
  prometheus::Family<prometheus::Counter>& finished =
      counters("hearth_finished_exchanges_total", "API calls that ran the model, by finish reason.");
  prometheus::Counter& unkept_responses =
      counter("hearth_responses_unkept_total", "Responses that could not be stored.", labels);

  std::mutex mutex;
  std::map<std::string, ModelFigures> models;        ///< guarded by mutex
  std::vector<Gauge> gauges;                         ///< guarded by mutex
  std::function<std::vector<NamedStats>()> engines;  ///< guarded by mutex
};

const Metrics::ModelFigures& Metrics::State::of_model(const std::string& name) {
  const std::scoped_lock lock(mutex);
  if (const auto found = models.find(name); found != models.end()) return found->second;
  const prometheus::Labels with = labels_of(name);
  ModelFigures figures{
      .prompt_tokens = counter("hearth_prompt_tokens_total", "Tokens of prompts.", with),
      .cached_tokens = counter("hearth_cached_prompt_tokens_total",
                               "Tokens of prompts that were found in the prefix cache.", with),
      .generated_tokens = counter("hearth_generated_tokens_total", "Generated tokens.", with),
      .prompt_time = counter("hearth_prompt_seconds_total", "Time spent on prompts.", with),
      .generate_time = counter("hearth_generate_seconds_total", "Time spent on decoding.", with),
      .first_token = histogram("hearth_time_to_first_token_seconds",
                               "Time from a request's submission to its first token.", with),
      .token_gap =
          histogram("hearth_inter_token_latency_seconds", "Time between two tokens of a choice.", with),
      .end_to_end =
          histogram("hearth_end_to_end_seconds", "Time from a request's submission to its last token.", with),
      .queue = histogram("hearth_queue_seconds", "Time that a request waited for its first step.", with),
      .prompt =
          histogram("hearth_prompt_seconds", "Time from a request's first step to its first token.", with),
      .generate =
          histogram("hearth_generate_seconds", "Time from a request's first token to its last.", with),
      .request_prompt_tokens =
          histogram("hearth_request_prompt_tokens", "Tokens of a request's prompts.", with, kTokens),
      .request_generated_tokens =
          histogram("hearth_request_generated_tokens", "Generated tokens of a request.", with, kTokens)};
  return models.emplace(name, figures).first->second;
}

Metrics::Metrics(const std::string& default_model) : state_(std::make_unique<State>(default_model)) {
  if (!default_model.empty()) state_->of_model(default_model);
}
Metrics::~Metrics() = default;

void Metrics::add_gauge(Gauge gauge) {
  const std::scoped_lock lock(state_->mutex);
  state_->gauges.push_back(std::move(gauge));
}

void Metrics::count_request(std::string_view route, std::string_view method, int status,
                            std::chrono::nanoseconds duration) {
  const prometheus::Labels where = {{"route", std::string(route)}, {"method", std::string(method)}};
  prometheus::Labels labels = where;
  labels.emplace("status", std::to_string(status));
  state_->requests.Add(labels).Increment();
  state_->durations.Add(where, kSeconds).Observe(seconds(duration));
}

void Metrics::count_refusal(std::string_view reason) {
  state_->refusals.Add({{"reason", std::string(reason)}}).Increment();
}

void Metrics::count_unkept_response() { state_->unkept_responses.Increment(); }

void Metrics::observe_first_token(const std::string& model, std::chrono::nanoseconds since_start) {
  state_->of_model(model).first_token.Observe(seconds(since_start));
}

void Metrics::observe_token_gap(const std::string& model, std::chrono::nanoseconds gap) {
  state_->of_model(model).token_gap.Observe(seconds(gap));
}

void Metrics::observe_exchange(const std::string& model, const ExchangeFigures& figures) {
  state_->finished.Add({{"model_name", model}, {"finished_reason", std::string(to_string(figures.reason))}})
      .Increment();
  const ModelFigures& of_model = state_->of_model(model);
  of_model.prompt_tokens.Increment(double(figures.usage.num_prompt_tokens));
  of_model.cached_tokens.Increment(double(figures.usage.num_cached_tokens));
  of_model.generated_tokens.Increment(double(figures.usage.num_generated_tokens));
  of_model.prompt_time.Increment(seconds(figures.prompt));
  of_model.generate_time.Increment(seconds(figures.generate));
  of_model.queue.Observe(seconds(figures.queued));
  of_model.prompt.Observe(seconds(figures.prompt));
  of_model.generate.Observe(seconds(figures.generate));
  of_model.request_prompt_tokens.Observe(double(figures.usage.num_prompt_tokens));
  of_model.request_generated_tokens.Observe(double(figures.usage.num_generated_tokens));
  if (figures.last_token) of_model.end_to_end.Observe(seconds(*figures.last_token - figures.started));
}

void Metrics::set_engines(std::function<std::vector<NamedStats>()> stats) {
  const std::scoped_lock lock(state_->mutex);
  state_->engines = std::move(stats);
}

void Metrics::State::add_live_figures(std::vector<prometheus::MetricFamily>& families) {
  const std::scoped_lock lock(mutex);
  for (const Gauge& gauge : gauges) {
    prometheus::MetricFamily family;
    family.name = gauge.name;
    family.help = gauge.help;
    family.type = gauge.only_grows ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    const auto add = [&](double value) -> prometheus::ClientMetric& {
      prometheus::ClientMetric& metric = family.metric.emplace_back();
      (gauge.only_grows ? metric.counter.value : metric.gauge.value) = value;
      return metric;
    };
    if (gauge.read) {
      prometheus::ClientMetric& metric = add(gauge.read());
      for (const auto& [name, value] : labels) metric.label.push_back({name, value});
    }
    if (gauge.read_models) {
      for (auto& [model, value] : gauge.read_models()) add(value).label.push_back({"model_name", model});
    }
    if (!family.metric.empty()) families.push_back(std::move(family));
  }
  if (!engines) return;
  for (auto& family : engine_families(engines())) families.push_back(std::move(family));
}

std::string Metrics::text() const {
  std::vector<prometheus::MetricFamily> families = state_->registry.Collect();
  state_->add_live_figures(families);
  const size_t num_own = families.size();
  for (size_t i = 0; i < num_own; ++i) {
    const auto found = aliases().find(families[i].name);
    if (found == aliases().end()) continue;
    for (const std::string& alias : found->second) {
      prometheus::MetricFamily family = families[i];
      family.name = alias;
      families.push_back(std::move(family));
    }
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace hearth::server
