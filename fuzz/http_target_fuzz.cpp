#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/access/host_policy.h"
#include "server/http/target.h"
#include "server/observe/trace_context.h"

// What the server parses of a request's head by itself: target, Host, Origin, traceparent. A path that comes
// out must not hold what its checks have refused.

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto target = hearth::server::parse_target(text)) {
    for (const std::string& segment : target->segments) {
      check(segment != "." && segment != "..");
      for (const char c : segment) check(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    }
    check(target->query.size() <= 64);
  }
  if (const auto authority = hearth::server::parse_authority(text)) {
    check(!authority->host.empty() && authority->port.size() <= 5);
  }
  const hearth::server::HostPolicy policy({.loopback_only = true, .hosts = {"hearth.lan"}, .origins = {}});
  policy.allows_host(text);
  policy.allows_origin(text, "localhost:11434");
  const hearth::server::TraceContext trace = hearth::server::continue_trace(text);
  check(trace.trace_id.size() == 32 && trace.span_id.size() == 16);
  return 0;
}
