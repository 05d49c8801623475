#include "transfer/registry/registry_client.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "base/hex.h"
#include "base/printable.h"
#include "base/sha256.h"
#include "transfer/registry/challenge.h"

namespace hearth::transfer {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxToken = 16384;
constexpr size_t kNonceDigits = 22;

/// Who gives the tokens of a registry that does not do it itself.
constexpr std::pair<std::string_view, std::string_view> kTokenHosts[] = {
    {"registry.ollama.ai", "ollama.com"},
    {"hf.co", "huggingface.co"},
    {"registry-1.docker.io", "auth.docker.io"},
    {"index.docker.io", "auth.docker.io"},
};
/// Hosts that know accounts by a key of Ed25519.
constexpr std::string_view kKeyHosts[] = {"registry.ollama.ai", "ollama.com", "hf.co", "huggingface.co"};

/// A member of a JSON object that is a text; empty where there is none.
std::string text_member(const Json& json, const char* name) {
  if (!json.is_object()) return {};
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// What the registry says of a failure: {"errors": [{"code", "message"}]}.
std::string told(const std::string& body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return {};
  const auto errors = json.find("errors");
  if (errors == json.end() || !errors->is_array() || errors->empty()) return text_member(json, "error");
  return text_member((*errors)[0], "message");
}

std::string md5(std::string_view bytes) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_md5(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace

/// An upload that is under way.
struct RegistryClient::Session {
  Url location;
  std::string part_digests = {};  ///< MD5 of each part that went to another store
  size_t num_parts_elsewhere = 0;
};

Result<RegistryClient> RegistryClient::open(HttpClient& http, const std::string& host, std::string repository,
                                            RegistryAccount account) {
  Url base = TRY(Url::parse("https://" + host + "/v2/"));
  if (!http.options().insecure) return RegistryClient(http, base, std::move(repository), std::move(account));
  if (!http.send({.url = base, .head_only = true, .num_attempts = 1})) {
    base = TRY(Url::parse("http://" + host + "/v2/"));
  }
  return RegistryClient(http, base, std::move(repository), std::move(account));
}

bool RegistryClient::knows_keys(std::string_view host) {
  return std::ranges::find(kKeyHosts, host) != std::end(kKeyHosts);
}

Result<Url> RegistryClient::url(const std::string& rest) const {
  return Url::parse(base_.text() + percent_encoded(repository_, "/") + rest);
}

Error RegistryClient::refusal(const HttpAnswer& answer, std::string_view what) const {
  Error error = status_failure(answer.head, what).error;
  if (const std::string why = told(answer.body); !why.empty())
    error.message += ": " + hearth::quoted(why, 200);
  const int status = answer.head.status;
  if (status != 401 && status != 403) return error;
  if (account_.key != nullptr && knows_keys(base_.host)) {
    error.hint = "check the name; a private model takes an account that knows this key: ssh-ed25519 " +
                 account_.key->public_key();
  } else if (account_.basic.empty()) {
    error.hint = "check the name; a private repository takes an account: `docker login " + base_.authority() +
                 "` writes it to ~/.docker/config.json, which is read";
  }
  return error;
}

Result<HttpAnswer> RegistryClient::send(HttpRequest request) {
  request.authorization = authorization_;
  HttpAnswer answer = TRY(http_->send(request));
  if (answer.head.status != 401) return answer;
  TRY(authorize(answer));
  request.authorization = authorization_;
  return http_->send(request);
}

Status RegistryClient::authorize(const HttpAnswer& answer) {
  for (const Challenge& challenge : parse_challenges(answer.head.find("www-authenticate"))) {
    if (challenge.scheme == "bearer") {
      authorization_ = "Bearer " + TRY(fetch_token(challenge.values));
      return {};
    }
    if (challenge.scheme == "basic" && !account_.basic.empty()) {
      const std::string basic = "Basic " + to_base64(account_.basic);
      // What was refused is not sent again.
      if (basic != authorization_) authorization_ = basic;
      return {};
    }
  }
  return std::unexpected(refusal(answer, answer.url.shown()));
}

Status RegistryClient::check_realm(const Url& realm) const {
  const bool is_own = realm.origin() == base_.origin();
  const bool is_known = realm.is_secure() && std::ranges::any_of(kTokenHosts, [&](const auto& pair) {
                          return base_.host == pair.first && realm.host == pair.second;
                        });
  if (is_own || is_known || http_->options().addresses.trusts(realm)) return {};
  return fail_hint(
      ErrorCode::kInvalidArgument,
      "where the two belong together, name it in HEARTH_TRUSTED_HOSTS (" + realm.authority() + ")",
      "{} sends to another host for a token: {}", base_.authority(), realm.shown());
}

Result<std::string> RegistryClient::fetch_token(const std::map<std::string, std::string>& challenge) {
  const auto value = [&](const char* name) {
    const auto found = challenge.find(name);
    return found == challenge.end() ? std::string() : found->second;
  };
  Url realm = TRY(Url::parse(value("realm")));
  TRY(check_realm(realm));
  const bool signs = account_.key != nullptr && knows_keys(base_.host);
  std::string query;
  const auto add = [&](std::string_view name, std::string_view text) {
    query += fmt::format("{}{}={}", query.empty() ? "" : "&", name, percent_encoded(text));
  };
  if (signs) add("nonce", random_hex(kNonceDigits));
  std::string_view scopes = challenge.contains("scope") ? std::string_view(challenge.at("scope")) : "";
  while (!scopes.empty()) {
    const size_t end = std::min(scopes.find(' '), scopes.size());
    add("scope", scopes.substr(0, end));
    scopes.remove_prefix(std::min(scopes.size(), end + 1));
  }
  add("service", value("service"));
  if (signs) add("ts", std::to_string(std::time(nullptr)));
  realm.target += (realm.target.contains('?') ? '&' : '?') + query;
  HttpRequest request{.url = realm};
  if (signs) {
    const std::string empty_digest = to_hex(sha256({}));
    request.authorization =
        TRY(account_.key->authorization(fmt::format("GET,{},{}", realm.text(), to_base64(empty_digest))));
  } else if (!account_.basic.empty()) {
    request.authorization = "Basic " + to_base64(account_.basic);
  }
  const HttpAnswer answer = TRY(http_->send(request));
  if (answer.head.status != 200) return std::unexpected(refusal(answer, "a token of " + base_.authority()));
  const Json json = Json::parse(answer.body, nullptr, false);
  std::string token = text_member(json, "token");
  if (token.empty()) token = text_member(json, "access_token");
  const bool is_plain = std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; });
  if (token.empty() || token.size() > kMaxToken || !is_plain) {
    return fail(ErrorCode::kCorruptData, "{} answers without a token", realm.shown());
  }
  return token;
}

Result<std::string> RegistryClient::manifest(const std::string& tag) {
  HttpRequest request{.url = TRY(url("/manifests/" + percent_encoded(tag)))};
  request.headers = {
      "Accept: application/vnd.docker.distribution.manifest.v2+json, "
      "application/vnd.oci.image.manifest.v1+json"};
  request.max_answer = kMaxManifestSize;
  HttpAnswer answer = TRY(send(std::move(request)));
  if (answer.head.status == 200) return std::move(answer.body);
  return std::unexpected(refusal(answer, fmt::format("{}/{}:{}", base_.authority(), repository_, tag)));
}

Status RegistryClient::put_manifest(const std::string& tag, const Manifest& manifest) {
  const Json json = Json::parse(manifest.text, nullptr, false);
  std::string type = text_member(json, "mediaType");
  if (type.empty()) type = "application/vnd.oci.image.manifest.v1+json";
  const HttpAnswer answer = TRY(send({.method = "PUT",
                                      .url = TRY(url("/manifests/" + percent_encoded(tag))),
                                      .headers = {"Content-Type: " + type},
                                      .body = manifest.text}));
  if (answer.head.status / 100 == 2) return {};
  return std::unexpected(refusal(answer, fmt::format("{}/{}:{}", base_.authority(), repository_, tag)));
}

Result<Location> RegistryClient::locate_blob(const BlobDigest& digest) {
  const Url address = TRY(url("/blobs/" + digest.text()));
  std::optional<HttpAnswer> refused;
  const auto remember = [&](const HttpAnswer& answer) {
    refused = answer;
    return refusal(answer, fmt::format("{} of {}", digest.text(), base_.authority()));
  };
  Result<Location> found = locate(*http_, address, authorization_, remember);
  if (found || !refused || refused->head.status != 401) return found;
  TRY(authorize(*refused));
  return locate(*http_, address, authorization_, remember);
}

Result<bool> RegistryClient::has_blob(const BlobDigest& digest, uint64_t num_bytes) {
  const HttpAnswer answer = TRY(send({.method = "HEAD", .url = TRY(url("/blobs/" + digest.text()))}));
  if (answer.head.status == 404) return false;
  if (answer.head.status != 200) return std::unexpected(refusal(answer, digest.text()));
  const std::string_view length = answer.head.find("content-length");
  return length.empty() || length == std::to_string(num_bytes);
}

/// Where the parts go; nothing left to do where the registry has the blob already.
Result<Url> RegistryClient::begin_upload(const Upload& upload) {
  std::string query;
  if (!upload.mount_from.empty()) {
    query = "?mount=" + percent_encoded(upload.digest.text(), ":") +
            "&from=" + percent_encoded(upload.mount_from);
  }
  const HttpAnswer answer = TRY(send(
      {.method = "POST", .url = TRY(url("/blobs/uploads/" + query)), .headers = {"X-Redirect-Uploads: 1"}}));
  if (answer.head.status == 201) return Url{};
  if (answer.head.status != 202) return std::unexpected(refusal(answer, "an upload to " + base_.authority()));
  std::string_view location = answer.head.find("docker-upload-location");
  if (location.empty()) location = answer.head.find("location");
  return answer.url.resolve(location);
}

Status RegistryClient::upload(const Upload& upload, uint64_t part_size,
                              const std::function<void(uint64_t)>& on_progress) {
  Session session{.location = TRY(begin_upload(upload))};
  if (session.location.host.empty()) {
    on_progress(upload.num_bytes);
    return {};
  }
  for (uint64_t at = 0; at < upload.num_bytes; at += part_size) {
    const uint64_t end = std::min(upload.num_bytes, at + part_size);
    session.location = TRY(send_part(upload, session, at, end));
    on_progress(end);
  }
  Url last = session.location;
  last.target +=
      (last.target.contains('?') ? '&' : '?') + ("digest=" + percent_encoded(upload.digest.text(), ":"));
  if (session.num_parts_elsewhere > 0) {
    last.target += fmt::format("&etag={}-{}", to_hex(md5(session.part_digests)), session.num_parts_elsewhere);
  }
  const HttpAnswer answer = TRY(send({.method = "PUT", .url = last}));
  if (answer.head.status == 201 || answer.head.status == 204) return {};
  return std::unexpected(refusal(answer, upload.digest.text()));
}

/// Sends one part, and gives where the next one goes.
Result<Url> RegistryClient::send_part(const Upload& upload, Session& session, uint64_t begin, uint64_t end) {
  HttpRequest request{.method = "PATCH", .url = session.location};
  request.headers = {"Content-Type: application/octet-stream", "X-Redirect-Uploads: 1",
                     fmt::format("Content-Range: {}-{}", begin, end - 1)};
  request.source = [&](uint64_t offset, char* out, size_t size) {
    return upload.source(begin + offset, out, size);
  };
  request.source_size = end - begin;
  request.follow = false;
  HttpAnswer answer = TRY(send(request));
  const std::string_view next = answer.head.find("docker-upload-location");
  const Url from = answer.url;
  std::string following(next.empty() ? answer.head.find("location") : next);
  if (answer.head.status == 307) {
    const Url elsewhere = TRY(answer.url.resolve(answer.head.find("location")));
    if (next.empty()) following = session.location.text();
    answer = TRY(send_elsewhere(upload, session, elsewhere, begin, end));
  }
  if (answer.head.status / 100 != 2) return std::unexpected(refusal(answer, upload.digest.text()));
  if (following.empty()) return session.location;
  return from.resolve(following);
}

/// A part that the registry wants in another store: it is known there by its MD5.
Result<HttpAnswer> RegistryClient::send_elsewhere(const Upload& upload, Session& session, const Url& location,
                                                  uint64_t begin, uint64_t end) {
  std::string part(size_t(end - begin), '\0');
  TRY(upload.source(begin, part.data(), part.size()));
  session.part_digests += md5(part);
  ++session.num_parts_elsewhere;
  HttpRequest request{.method = "PUT", .url = location, .body = std::move(part)};
  if (location.origin() == session.location.origin()) request.authorization = authorization_;
  return http_->send(request);
}

}  // namespace hearth::transfer
