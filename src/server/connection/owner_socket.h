#pragma once

#include <filesystem>
#include <memory>

#include "base/log.h"
#include "server/http/asio.h"

namespace hearth::server {

/// A socket in a private folder, by which the user that a server runs as manages it. The file goes with it.
class OwnerSocket {
 public:
  /// Null where there can be none, which the log tells: another server has it, its path is too long.
  static std::unique_ptr<OwnerSocket> open(asio::io_context& io, const std::filesystem::path& path,
                                           const LogSink& log);
  ~OwnerSocket();
  OwnerSocket(const OwnerSocket&) = delete;
  OwnerSocket& operator=(const OwnerSocket&) = delete;

  const std::filesystem::path& path() const { return path_; }

  asio::local::stream_protocol::acceptor acceptor;

 private:
  OwnerSocket(asio::io_context& io, std::filesystem::path path) : acceptor(io), path_(std::move(path)) {}

  std::filesystem::path path_;
  uint64_t inode_ = 0;
};

/// Whether the other end of a socket of this machine is a process of our own user.
bool is_own_user(int socket);

}  // namespace hearth::server
