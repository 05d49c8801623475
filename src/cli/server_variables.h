#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/arguments/arguments.h"

namespace hearth::cli {

/// Each option of a server also comes from a variable: --max-queue from $HEARTH_MAX_QUEUE, and where Ollama
/// has one of that meaning, from that ($OLLAMA_MAX_QUEUE).
void name_server_variables(Arguments& arguments);

/// Where a server listens, as $OLLAMA_HOST says it.
struct HostAndPort {
  std::string host;
  uint16_t port = 0;
};
/// "0.0.0.0", ":8080", "example.org:80", "http://[::1]:11434/": what is missing is as in `otherwise`. Error:
/// kInvalidArgument.
Result<HostAndPort> parse_ollama_host(std::string_view text, const HostAndPort& otherwise);

}  // namespace hearth::cli
