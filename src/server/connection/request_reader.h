#pragma once

#include <expected>
#include <memory>
#include <string>

#include "server/access/fair_pool.h"
#include "server/http/parser.h"
#include "server/http/transport.h"

namespace hearth::server {

/// Reads the requests of one connection, each within its time limits, and keeps bytes of the next one. For
/// the thread of the io_context.
class RequestReader {
 public:
  RequestReader(std::shared_ptr<Transport> transport, const ServerLimits& limits)
      : transport_(std::move(transport)), limits_(limits) {}

  /// Waits for the first bytes of a request with a minimum of memory. False: closed.
  asio::awaitable<bool> await_first();
  /// False: closed.
  asio::awaitable<std::expected<bool, api::ApiError>> read_head(HttpParser& parser);
  /// False: closed. `bytes` grows with what is read.
  asio::awaitable<std::expected<bool, api::ApiError>> read_body(HttpParser& parser, FairPool::Hold& bytes);

  bool has_bytes() const { return !in_.empty(); }
  /// Adds bytes that were read ahead.
  void push(std::string_view bytes) { in_ += bytes; }

 private:
  asio::awaitable<bool> read_more(size_t num_bytes, SteadyTime deadline);

  const std::shared_ptr<Transport> transport_;
  const ServerLimits& limits_;
  std::string in_;  ///< read, but not yet used
};

}  // namespace hearth::server
