#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth::server {

/// A request's place in a distributed trace (W3C Trace Context). Ids are lower-case hexadecimal.
struct TraceContext {
  std::string trace_id = {};   ///< 32 digits
  std::string span_id = {};    ///< 16 digits: this request
  std::string parent_id = {};  ///< 16 digits; empty: the trace begins here
  bool sampled = true;         ///< the caller wants it recorded
};

/// Continues the trace of a "traceparent" header; begins one where it is missing or invalid.
TraceContext continue_trace(std::optional<std::string_view> traceparent);

/// "00-TRACE-SPAN-FLAGS".
std::string to_traceparent(const TraceContext& trace);

}  // namespace hearth::server
