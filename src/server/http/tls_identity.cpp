#include "server/http/tls_identity.h"

#include <string>

#include <sys/stat.h>

#include "base/file.h"

namespace hearth::server {
namespace {

using ErrorValue = boost::system::error_code;

constexpr size_t kMostBytes = size_t(1) << 20;
// Of TLS 1.2; all of TLS 1.3 have forward secrecy.
constexpr const char* kSuites = "ECDHE+AESGCM:ECDHE+CHACHA20";

void harden(asio::ssl::context& context) {
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(native, kSuites);
  // Tickets would be sealed with a key that lives as long as the server.
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_num_tickets(native, 0);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
}

}  // namespace

Result<std::unique_ptr<TlsIdentity>> TlsIdentity::load(std::filesystem::path certificate,
                                                       std::filesystem::path key) {
  std::unique_ptr<TlsIdentity> identity(new TlsIdentity(std::move(certificate), std::move(key)));
  identity->tried_ = identity->last_seen_ = identity->stamp();
  identity->context_ = TRY(identity->make_context());
  return identity;
}

std::optional<TlsIdentity::Stamp> TlsIdentity::stamp() const {
  Stamp stamp = {};
  size_t i = 0;
  for (const auto* path : {&certificate_, &key_}) {
    struct stat info = {};
    if (::stat(path->c_str(), &info) != 0) return std::nullopt;
    for (const int64_t part : {int64_t(info.st_ino), int64_t(info.st_size), int64_t(info.st_mtim.tv_sec),
                               int64_t(info.st_mtim.tv_nsec), int64_t(info.st_ctim.tv_nsec)}) {
      stamp[i++] = part;
    }
  }
  return stamp;
}

Result<std::unique_ptr<asio::ssl::context>> TlsIdentity::make_context() const {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  harden(*context);
  ErrorValue error;
  // OpenSSL would ask on the terminal.
  context->set_password_callback([](size_t, asio::ssl::context::password_purpose) { return std::string(); },
                                 error);
  const std::string chain = TRY(read_file(certificate_, kMostBytes));
  const std::string key = TRY(read_file(key_, kMostBytes));
  context->use_certificate_chain(asio::buffer(chain), error);
  if (error) {
    return fail_hint(ErrorCode::kInvalidArgument,
                     "give a certificate in PEM, those that it depends on behind it",
                     "cannot use the certificate {}: {}", certificate_.string(), error.message());
  }
  context->use_private_key(asio::buffer(key), asio::ssl::context::pem, error);
  if (error || SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return fail_hint(ErrorCode::kInvalidArgument,
                     "give the certificate's private key in PEM, without a password",
                     "cannot use the key {}: {}", key_.string(),
                     error ? error.message() : "it is not that of the certificate");
  }
  return context;
}

Result<bool> TlsIdentity::refresh() {
  const std::optional<Stamp> seen = stamp();
  const bool is_still = seen == std::exchange(last_seen_, seen);
  if (!seen || !is_still || seen == tried_) return false;
  tried_ = seen;
  context_ = TRY(make_context());
  return true;
}

}  // namespace hearth::server
