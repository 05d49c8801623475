#include "server/observe/otlp_exporter.h"

#include <memory>

#include <curl/curl.h>
#include <fmt/core.h>

#include "api/call/json.h"
#include "base/threads.h"

namespace hearth::server {
namespace {

constexpr size_t kMaxSpans = 4096;
constexpr long kTimeoutMs = 3000;
constexpr auto kGathering = std::chrono::milliseconds(500);

api::Json text_attribute(const char* key, const std::string& value) {
  return {{"key", key}, {"value", {{"stringValue", value}}}};
}

api::Json number_attribute(const char* key, size_t value) {
  return {{"key", key}, {"value", {{"intValue", std::to_string(value)}}}};
}

std::string nanoseconds_of(std::chrono::system_clock::time_point time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

}  // namespace

api::Json to_span(const RequestRecord& record, std::chrono::steady_clock::time_point now) {
  const auto end =
      record.time + std::chrono::duration_cast<std::chrono::system_clock::duration>(now - record.begin);
  api::Json attributes = {text_attribute("http.request.method", record.method),
                          text_attribute("http.route", record.route),
                          number_attribute("http.response.status_code", size_t(record.status)),
                          text_attribute("hearth.request_id", record.id)};
  if (!record.exchange_id.empty())
    attributes.push_back(text_attribute("gen_ai.response.id", record.exchange_id));
  if (record.figures) {
    const ExchangeFigures& figures = *record.figures;
    attributes.push_back(number_attribute("gen_ai.usage.input_tokens", figures.usage.num_prompt_tokens));
    attributes.push_back(number_attribute("gen_ai.usage.output_tokens", figures.usage.num_generated_tokens));
    attributes.push_back(
        text_attribute("gen_ai.response.finish_reason", std::string(to_string(figures.reason))));
  }
  api::Json span = {{"traceId", record.trace.trace_id},
                    {"spanId", record.trace.span_id},
                    {"name", record.method + ' ' + record.route},
                    {"kind", 2},
                    {"startTimeUnixNano", nanoseconds_of(record.time)},
                    {"endTimeUnixNano", nanoseconds_of(end)},
                    {"attributes", std::move(attributes)},
                    {"status", {{"code", record.status >= 500 ? 2 : 0}}}};
  if (!record.trace.parent_id.empty()) span["parentSpanId"] = record.trace.parent_id;
  return span;
}

std::string to_otlp_body(const std::deque<api::Json>& spans) {
  api::Json list = api::Json::array();
  for (const api::Json& span : spans) list.push_back(span);
  const api::Json resource = {{"attributes", {text_attribute("service.name", "hearth")}}};
  const api::Json scope = {{"scope", {{"name", "hearth"}}}, {"spans", std::move(list)}};
  const api::Json body = {{"resourceSpans", {{{"resource", resource}, {"scopeSpans", {scope}}}}}};
  return api::dump_json(body);
}

bool is_collector_url(const std::string& url) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(curl_url(), curl_url_cleanup);
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return false;
  char* scheme = nullptr;
  if (curl_url_get(parsed.get(), CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK) return false;
  const std::string_view name = scheme;
  const bool is_web = name == "http" || name == "https";
  curl_free(scheme);
  return is_web;
}

Result<std::unique_ptr<OtlpExporter>> OtlpExporter::start(std::string url, LogSink log) {
  std::unique_ptr<OtlpExporter> exporter(new OtlpExporter(std::move(url), std::move(log)));
  exporter->thread_ = TRY(start_thread([raw = exporter.get()] { raw->run(); }));
  return exporter;
}

OtlpExporter::~OtlpExporter() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void OtlpExporter::add(api::Json span) {
  const std::scoped_lock lock(mutex_);
  if (spans_.size() == kMaxSpans) spans_.pop_front();
  spans_.push_back(std::move(span));
}

void OtlpExporter::run() {
  while (true) {
    std::deque<api::Json> spans;
    bool stopping = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, kGathering, [&] { return stopping_; });
      spans.swap(spans_);
      stopping = stopping_;
    }
    if (!spans.empty()) {
      const bool sent = send(to_otlp_body(spans));
      if (!sent && !failed_before_) {
        log_(LogLevel::kWarning,
             fmt::format("the trace collector at {} rejects spans; they are dropped", url_));
      }
      failed_before_ = !sent;
    }
    if (stopping) return;
  }
}

bool OtlpExporter::send(const std::string& body) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) return false;
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"), curl_slist_free_all);
  curl_easy_setopt(curl.get(), CURLOPT_URL, url_.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, long(body.size()));
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kTimeoutMs);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(
      curl.get(), CURLOPT_WRITEFUNCTION,
      +[](char*, size_t size, size_t count, void*) { return size * count; });
  if (curl_easy_perform(curl.get()) != CURLE_OK) return false;
  // Only a 2xx says that they were taken: a redirect is not followed.
  long status = 0;
  return curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status / 100 == 2;
}

}  // namespace hearth::server
