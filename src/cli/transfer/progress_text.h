#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "transfer/pull.h"

namespace hearth::cli {

/// Bytes as people read them: "1.23 GB".
std::string byte_text(uint64_t num_bytes);
/// "42s", "3m07s", "2h05m".
std::string duration_text(std::chrono::seconds time);

/// How fast something goes, over the last seconds. Times are passed in.
class RateMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;
  void add(Time now, uint64_t completed);
  /// Bytes a second; 0: not known yet.
  double rate() const;

 private:
  std::deque<std::pair<Time, uint64_t>> seen_;
};

/// "pulling 0123456789ab  45% [#####     ]  1.2 GB/2.6 GB  45.0 MB/s  31s" in at most `width` columns.
std::string progress_line(const TransferProgress& progress, double rate, size_t width);

/// One JSON object, as clients of Ollama read it.
std::string progress_json(const TransferProgress& progress);

}  // namespace hearth::cli
