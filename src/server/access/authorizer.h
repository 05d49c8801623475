#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>

#include "server/access/caller.h"
#include "server/access/key_store.h"
#include "server/http/parser.h"
#include "server/http/refusal.h"

namespace hearth::server {

/// Says who sent a request and whether it may be answered. Where keys are not required, nobody in particular
/// may use the model and read the figures; a key still counts. Thread-safe.
class Authorizer {
 public:
  struct Options {
    const KeyStore* keys = nullptr;  ///< null: there are none
    bool required = false;
    std::function<int64_t()> now;  ///< seconds since 1970
  };
  explicit Authorizer(Options options);

  std::expected<Caller, Refusal> authorize(const HttpHead& head, Scope scope) const;
  /// Whether what this caller started may go on.
  bool is_still_allowed(const Caller& caller) const;

 private:
  std::expected<Caller, Refusal> authorize_nobody(Scope scope) const;

  Options options_;
};

/// The key that a request carries: "Authorization: Bearer", "x-api-key", "api-key", in this order. Empty:
/// none.
std::string_view presented_key(const HttpHead& head);
/// Whether it has one of these headers at all, whatever is in it.
bool presents_key(const HttpHead& head);

}  // namespace hearth::server
