#include "server/observe/trace_context.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/hex.h"

namespace hearth::server {
namespace {

constexpr size_t kTraceDigits = 32, kSpanDigits = 16;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) { return is_hex(text) && text.find_first_not_of('0') != text.npos; }

}  // namespace

TraceContext continue_trace(std::optional<std::string_view> traceparent) {
  constexpr size_t kSize = 2 + 1 + kTraceDigits + 1 + kSpanDigits + 1 + 2;
  TraceContext trace{.trace_id = {}, .span_id = random_hex(kSpanDigits)};
  const std::string_view text = traceparent.value_or("");
  // Later versions may be longer, but begin alike.
  const bool long_enough = text.size() == kSize || (text.size() > kSize && text[kSize] == '-');
  if (long_enough && text[2] == '-' && text[35] == '-' && text[52] == '-') {
    const std::string_view version = text.substr(0, 2), trace_id = text.substr(3, kTraceDigits);
    const std::string_view parent_id = text.substr(36, kSpanDigits), flags = text.substr(53, 2);
    const bool version_fits = is_hex(version) && version != "ff" && (version != "00" || text.size() == kSize);
    if (version_fits && is_id(trace_id) && is_id(parent_id) && is_hex(flags)) {
      trace.trace_id = trace_id;
      trace.parent_id = parent_id;
      trace.sampled = ((flags[1] >= 'a' ? flags[1] - 'a' + 10 : flags[1] - '0') & 1) != 0;
      return trace;
    }
  }
  trace.trace_id = random_hex(kTraceDigits);
  return trace;
}

std::string to_traceparent(const TraceContext& trace) {
  return fmt::format("00-{}-{}-{:02x}", trace.trace_id, trace.span_id, trace.sampled ? 1 : 0);
}

}  // namespace hearth::server
