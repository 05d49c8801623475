#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "engine/schedule/request.h"

namespace hearth::server {

/// Statistics of an exchange, for metrics, limits and logs.
struct ExchangeFigures {
  size_t num_choices = 0;
  Usage usage;                                              ///< of all choices
  FinishReason reason = FinishReason::kStop;                ///< of the last to end
  std::chrono::nanoseconds queued{}, prompt{}, generate{};  ///< longest of the choices
  std::chrono::steady_clock::time_point started;
  std::optional<std::chrono::steady_clock::time_point> first_token, last_token;
};

}  // namespace hearth::server
