#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/observe/engine_metrics.h"
#include "server/observe/exchange_figures.h"

namespace hearth::server {

/// The server's metrics, under names of their own (hearth_*) and under those of llama.cpp (llamacpp:*) and
/// vLLM (vllm:*), for existing dashboards. Thread-safe.
class Metrics {
 public:
  /// A value that is read at each scrape.
  struct Gauge {
    std::string name, help;
    std::function<double()> read = {};
    /// In place of `read`: by the name of the model.
    std::function<std::vector<std::pair<std::string, double>>()> read_models = {};
    bool only_grows = false;  ///< a counter
  };

  /// The default model has figures from the start, and its name stands at those of the server; others have
  /// figures once they have answered. Empty: there is no default.
  explicit Metrics(const std::string& default_model);
  ~Metrics();

  void add_gauge(Gauge gauge);
  /// Must be callable from any thread.
  void set_engines(std::function<std::vector<NamedStats>()> stats);
  void count_request(std::string_view route, std::string_view method, int status,
                     std::chrono::nanoseconds duration);
  /// A request refused before its handler: "rate_limit", "overload", "key", "host", "origin", "limits".
  void count_refusal(std::string_view reason);
  /// A response that could not be stored.
  void count_unkept_response();
  void observe_first_token(const std::string& model, std::chrono::nanoseconds since_start);
  void observe_token_gap(const std::string& model, std::chrono::nanoseconds gap);
  void observe_exchange(const std::string& model, const ExchangeFigures& figures);

  /// The Prometheus text format.
  std::string text() const;

 private:
  struct ModelFigures;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hearth::server
