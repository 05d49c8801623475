#include "server/observe/request_record.h"

#include <algorithm>
#include <cmath>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hearth::server {
namespace {

double milliseconds(std::chrono::nanoseconds duration) {
  return std::round(double(duration.count()) / 1e3) / 1e3;
}

}  // namespace

std::string to_timestamp(std::chrono::system_clock::time_point time) {
  const auto since = time.time_since_epoch();
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(since);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(since - whole);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::time_t(whole.count())), ms.count());
}

std::string to_log_line(const RequestRecord& record, std::chrono::steady_clock::time_point now) {
  nlohmann::ordered_json line = {{"time", to_timestamp(record.time)},
                                 {"event", "request"},
                                 {"id", record.id},
                                 {"address", record.address},
                                 {"method", record.method},
                                 {"path", record.path.substr(0, 512)},
                                 {"status", record.status},
                                 {"ms", milliseconds(now - record.begin)},
                                 {"bytes_in", record.bytes_read},
                                 {"bytes_out", record.bytes_written}};
  if (!record.key_id.empty()) line["key"] = record.key_id;
  if (record.cut_off) line["cut_off"] = true;
  if (!record.trace.trace_id.empty()) {
    line["trace"] = record.trace.trace_id;
    line["span"] = record.trace.span_id;
  }
  if (!record.exchange_id.empty()) line["response_id"] = record.exchange_id;
  if (record.figures) {
    const ExchangeFigures& figures = *record.figures;
    line["prompt_tokens"] = figures.usage.num_prompt_tokens;
    line["cached_tokens"] = figures.usage.num_cached_tokens;
    line["generated_tokens"] = figures.usage.num_generated_tokens;
    line["finish"] = to_string(figures.reason);
    line["queue_ms"] = milliseconds(figures.queued);
    if (figures.first_token) line["ttft_ms"] = milliseconds(*figures.first_token - figures.started);
  }
  return line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

nlohmann::ordered_json to_audit_record(const RequestRecord& record) {
  nlohmann::ordered_json line = {
      {"time", to_timestamp(record.time)},
      {"event", "request"},
      {"id", record.id},
      {"address", record.address},
      {"key", record.key_id},
      {"method", record.method},
      {"path", record.path.substr(0, std::min<size_t>(record.path.find('?'), 512))},
      {"status", record.status}};
  if (!record.exchange_id.empty()) line["response_id"] = record.exchange_id;
  if (record.figures) {
    line["prompt_tokens"] = record.figures->usage.num_prompt_tokens;
    line["generated_tokens"] = record.figures->usage.num_generated_tokens;
  }
  if (!record.body.empty()) line["body"] = record.body;
  return line;
}

}  // namespace hearth::server
