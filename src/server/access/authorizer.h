#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call/api_error.h"
#include "server/access/caller.h"
#include "server/access/key_store.h"
#include "server/http/parser.h"

namespace hearth::server {

/// Authenticates a request and checks its scope. Where keys are not required, an anonymous caller has the
/// scopes inference and metrics; a key still counts. The server's own user, on its socket, may do anything.
/// Thread-safe.
class Authorizer {
 public:
  struct Options {
    const KeyStore* keys = nullptr;  ///< null: there are none
    /// In lower case: headers of keys besides "Authorization: Bearer", in order of preference.
    std::vector<std::string_view> key_headers = {};
    bool required = false;
    bool anyone_manages = false;   ///< where no key is required
    std::function<int64_t()> now;  ///< seconds since 1970
  };
  explicit Authorizer(Options options);

  std::expected<Caller, api::ApiError> authorize(const HttpHead& head, Scope scope,
                                                 bool is_owner = false) const;
  /// Whether a request has a header for keys, whatever its value.
  bool presents_key(const HttpHead& head) const;
  /// Whether what this caller started may continue.
  bool is_still_allowed(const Caller& caller) const;

 private:
  std::string_view presented_key(const HttpHead& head) const;
  std::expected<Caller, api::ApiError> authorize_nobody(Scope scope) const;

  Options options_;
};

}  // namespace hearth::server
