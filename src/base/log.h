#pragma once

#include <functional>
#include <string_view>

namespace hearth {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarning, kError };

/// Where a library's messages go; passed in by the program. One line a call, thread-safe by contract.
using LogSink = std::function<void(LogLevel level, std::string_view line)>;

/// A sink that drops everything.
inline LogSink no_log() {
  return [](LogLevel, std::string_view) {};
}

}  // namespace hearth
