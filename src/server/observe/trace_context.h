#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth::server {

/// Where a request stands in a trace that spans several programs (W3C Trace Context). Ids are lower-case
/// hexadecimal.
struct TraceContext {
  std::string trace_id = {};   ///< 32 digits
  std::string span_id = {};    ///< 16 digits: this request
  std::string parent_id = {};  ///< 16 digits; empty: the trace begins here
  bool sampled = true;         ///< the caller wants it recorded
};

/// Carries on the trace of a "traceparent" header, or begins one where there is none or it is not valid.
TraceContext continue_trace(std::optional<std::string_view> traceparent);

/// "00-TRACE-SPAN-FLAGS".
std::string to_traceparent(const TraceContext& trace);

}  // namespace hearth::server
