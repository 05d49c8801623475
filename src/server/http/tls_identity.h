#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/result.h"
#include "server/http/asio.h"

namespace hearth::server {

/// The certificate that a server shows and the key to it, from two PEM files that may be replaced while it
/// runs. Only suites with forward secrecy are spoken: whoever gets hold of the key later cannot read what was
/// said. For one thread.
class TlsIdentity {
 public:
  /// Errors: those of read_file; kInvalidArgument, naming the file.
  static Result<std::unique_ptr<TlsIdentity>> load(std::filesystem::path certificate,
                                                   std::filesystem::path key);

  /// For connections that begin now; those that have begun keep theirs.
  asio::ssl::context& context() { return *context_; }

  /// Looks whether the files have changed, and loads them once they have been still from one look to the
  /// next, for one is written after the other. True: they were loaded. Error, once for each change: they
  /// cannot be used, and what was loaded before goes on.
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
