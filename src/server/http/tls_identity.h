#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/result.h"
#include "server/http/asio.h"

namespace hearth::server {

/// A server's certificate and private key, from two PEM files that may be replaced while it runs. Only cipher
/// suites with forward secrecy are offered. For one thread.
class TlsIdentity {
 public:
  /// Errors: those of read_file; kInvalidArgument, naming the file.
  static Result<std::unique_ptr<TlsIdentity>> load(std::filesystem::path certificate,
                                                   std::filesystem::path key);

  /// For new connections; existing ones keep theirs.
  asio::ssl::context& context() { return *context_; }

  /// Reloads the files when they have changed, and then not again since the last call, for they are written
  /// one after the other. True: reloaded. Error, once for each change: they cannot be used, and the former
  /// identity stays.
  Result<bool> refresh();

 private:
  using Stamp = std::array<int64_t, 10>;
  TlsIdentity(std::filesystem::path certificate, std::filesystem::path key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}
  std::optional<Stamp> stamp() const;
  Result<std::unique_ptr<asio::ssl::context>> make_context() const;

  const std::filesystem::path certificate_, key_;
  std::unique_ptr<asio::ssl::context> context_;
  std::optional<Stamp> tried_, last_seen_;
};

}  // namespace hearth::server
