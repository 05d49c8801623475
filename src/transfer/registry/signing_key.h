#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include "base/log.h"
#include "base/result.h"

namespace hearth::transfer {

/// A key of Ed25519 (RFC 8032) by which Ollama's registry and Hugging Face's hub know an account; in files it
/// has OpenSSH's form, without a passphrase.
class SigningKey {
 public:
  static Result<SigningKey> generate();
  /// Errors: kCorruptData; kUnsupported for other kinds of keys, and for one with a passphrase.
  static Result<SigningKey> parse(std::string_view file);
  /// The key in a file; a new one is written where there is none.
  static Result<SigningKey> load_or_create(const std::filesystem::path& path, const LogSink& log);

  std::string file_text() const;
  /// As it stands behind "ssh-ed25519" in a list of keys.
  std::string public_key() const;
  /// "PUBLIC:SIGNATURE" of a text: what the header Authorization holds.
  Result<std::string> authorization(std::string_view text) const;

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;
  static Result<SigningKey> from_seed(std::string_view seed);
  SigningKey(Key key, std::string seed, std::string point)
      : key_(std::move(key)), seed_(std::move(seed)), point_(std::move(point)) {}

  Key key_;
  std::string seed_;   ///< 32 bytes: the private key
  std::string point_;  ///< 32 bytes: the public key
};

std::string to_base64(std::string_view bytes);
Result<std::string> from_base64(std::string_view text);

}  // namespace hearth::transfer
