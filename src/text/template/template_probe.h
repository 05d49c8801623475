#pragma once

#include <ctime>

namespace hearth {

/// Some day, for templates that print one: a new year's morning.
inline std::tm probe_time() {
  std::tm time = {};
  time.tm_year = 126;
  time.tm_mday = 1;
  time.tm_wday = 4;
  return time;
}

}  // namespace hearth
