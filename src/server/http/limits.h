#pragma once

#include <chrono>
#include <cstddef>

namespace hearth::server {

/// What a client may take of the server's time and memory.
struct ServerLimits {
  size_t header_bytes = 32 << 10;  ///< first line and headers together
  size_t num_headers = 100;
  size_t target_bytes = 8 << 10;
  size_t body_bytes = 32 << 20;
  size_t buffered_body_bytes = size_t(512) << 20;  ///< of all requests and large responses together
  size_t pipelined_bytes = 64 << 10;               ///< read ahead while a response is generated
  size_t num_connections = 8192;
  std::chrono::milliseconds header_time{10'000};  ///< from the first byte to the end of the headers
  std::chrono::milliseconds body_time{10'000};    ///< over which a body's rate is looked at
  size_t body_bytes_per_second = 1024;            ///< least rate, at any time
  std::chrono::milliseconds idle_time{60'000};    ///< between requests
  std::chrono::milliseconds write_time{30'000};   ///< for free; then `body_bytes_per_second`
  /// A silent stream says this often that it lives; 0: never.
  std::chrono::milliseconds keep_alive_time{15'000};
  size_t unread_bytes = 1 << 20;     ///< of a stream, before its reader counts as too slow
  size_t replay_bytes = 4 << 20;     ///< of a stream, kept for readers that come back
  size_t retained_bytes = 32 << 20;  ///< of all streams that have ended
  std::chrono::milliseconds retained_time{120'000};
  size_t num_jobs = 8;                               ///< pulls and their like, at once
  std::chrono::milliseconds longest_grace{600'000};  ///< that a stream may run on without a reader
};

}  // namespace hearth::server
