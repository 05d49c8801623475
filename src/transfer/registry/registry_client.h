#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/content/manifest.h"
#include "transfer/download/location.h"
#include "transfer/http/http_client.h"
#include "transfer/registry/signing_key.h"

namespace hearth::transfer {

/// Who asks a registry.
struct RegistryAccount {
  const SigningKey* key = nullptr;  ///< for hosts that know accounts by keys; null: none
  std::string basic = {};           ///< "user:password" of the host; empty: none
};

/// A repository of a registry (OCI distribution specification; Docker's registry API, as Ollama's and others
/// speak it). Gets tokens as the registry asks for them, from the registry itself or from who is known to
/// give them for it. For one thread.
class RegistryClient {
 public:
  /// `host` with its port; `repository`: "library/qwen3". Where plain HTTP is allowed, it is used if the host
  /// does not speak TLS. Errors: as of `HttpClient::send`.
  static Result<RegistryClient> open(HttpClient& http, const std::string& host, std::string repository,
                                     RegistryAccount account);

  /// Whether a host knows accounts by a key of Ed25519.
  static bool knows_keys(std::string_view host);

  /// The bytes of a manifest. Error: kNotFound.
  Result<std::string> manifest(const std::string& tag);
  Status put_manifest(const std::string& tag, const Manifest& manifest);

  /// Where a blob is.
  Result<Location> locate_blob(const BlobDigest& digest);
  Result<bool> has_blob(const BlobDigest& digest, uint64_t num_bytes);

  struct Upload {
    BlobDigest digest;
    uint64_t num_bytes = 0;
    BodySource source = {};
    std::string mount_from = {};  ///< a repository of the registry that has it; empty: none is known
  };
  /// Sends a blob in parts of `part_size`. `on_progress` gets the bytes that have arrived.
  Status upload(const Upload& upload, uint64_t part_size, const std::function<void(uint64_t)>& on_progress);

 private:
  RegistryClient(HttpClient& http, Url base, std::string repository, RegistryAccount account)
      : http_(&http),
        base_(std::move(base)),
        repository_(std::move(repository)),
        account_(std::move(account)) {}

  Result<Url> url(const std::string& rest) const;
  /// Sends with the token that is there, and once more with a new one if that is asked for.
  Result<HttpAnswer> send(HttpRequest request);
  Status authorize(const HttpAnswer& refusal);
  Result<std::string> fetch_token(const std::map<std::string, std::string>& challenge);
  Status check_realm(const Url& realm) const;
  Error refusal(const HttpAnswer& answer, std::string_view what) const;

  struct Session;
  Result<Url> begin_upload(const Upload& upload);
  Result<Url> send_part(const Upload& upload, Session& session, uint64_t begin, uint64_t end);
  Result<HttpAnswer> send_elsewhere(const Upload& upload, Session& session, const Url& location,
                                    uint64_t begin, uint64_t end);

  HttpClient* http_;
  Url base_;
  std::string repository_;
  RegistryAccount account_;
  std::string authorization_;
};

}  // namespace hearth::transfer
