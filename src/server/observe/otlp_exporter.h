#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/result.h"
#include "server/observe/request_record.h"

namespace hearth::server {

/// A request as a span of OpenTelemetry's JSON encoding.
nlohmann::ordered_json to_span(const RequestRecord& record, std::chrono::steady_clock::time_point now);
/// The body of one POST to a collector.
/// Whether a URL is complete and of HTTP or HTTPS.
bool is_collector_url(const std::string& url);

std::string to_otlp_body(const std::deque<nlohmann::ordered_json>& spans);

/// Sends spans to a collector (OTLP over HTTP, as JSON) in batches from a thread of its own. A slow or absent
/// collector loses spans and never delays a request. Thread-safe.
class OtlpExporter {
 public:
  /// `url` is complete: "http://localhost:4318/v1/traces". Error: kResourceLimit where no thread can be
  /// started.
  static Result<std::unique_ptr<OtlpExporter>> start(std::string url, LogSink log);
  /// Flushes for a short time.
  ~OtlpExporter();
  OtlpExporter(const OtlpExporter&) = delete;
  OtlpExporter& operator=(const OtlpExporter&) = delete;

  void add(nlohmann::ordered_json span);

 private:
  OtlpExporter(std::string url, LogSink log) : url_(std::move(url)), log_(std::move(log)) {}
  void run();
  bool send(const std::string& body);

  const std::string url_;
  const LogSink log_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<nlohmann::ordered_json> spans_;  ///< guarded by mutex_
  bool stopping_ = false;                     ///< guarded by mutex_
  bool failed_before_ = false;                ///< of the thread
  std::thread thread_;
};

}  // namespace hearth::server
