#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "server/http/route.h"
#include "server/observe/exchange_figures.h"
#include "server/observe/trace_context.h"

namespace hearth::server {

/// One HTTP request as logs and traces record it.
struct RequestRecord {
  std::string id;
  std::string address;
  std::string method = "-";
  std::string path = "-";
  std::string route = "-";  ///< the pattern, not the path: few values
  std::string key_id = {};
  Scope scope = Scope::kPublic;  ///< of the route
  std::string body = {};         ///< for the audit log, if it keeps bodies
  int status = 0;
  size_t bytes_read = 0, bytes_written = 0;
  bool cut_off = false;  ///< the client disconnected before the end
  std::chrono::system_clock::time_point time = {};
  std::chrono::steady_clock::time_point begin = {};
  TraceContext trace = {};
  std::string exchange_id = {};                 ///< empty: the model did not run
  std::optional<ExchangeFigures> figures = {};  ///< once the exchange has ended
};

/// One line of JSON, without its end.
std::string to_log_line(const RequestRecord& record, std::chrono::steady_clock::time_point now);

/// The same request for the audit log: without its text, unless `record.body` has it.
nlohmann::ordered_json to_audit_record(const RequestRecord& record);

/// "2026-11-21T12:34:56.789Z".
std::string to_timestamp(std::chrono::system_clock::time_point time);

}  // namespace hearth::server
