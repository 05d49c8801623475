#include "server/access/authorizer.h"

#include <algorithm>

namespace hearth::server {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? char(b - 'A' + 'a') : b); });
}

std::unexpected<api::ApiError> no_valid_key(std::string message) {
  return std::unexpected(api::ApiError{.status = 401,
                                       .code = "invalid_api_key",
                                       .message = std::move(message),
                                       .headers = {{"WWW-Authenticate", "Bearer realm=\"hearth\""}}});
}

std::unexpected<api::ApiError> not_allowed(std::string message) {
  return std::unexpected(
      api::ApiError{.status = 403, .code = "insufficient_permissions", .message = std::move(message)});
}

}  // namespace

Authorizer::Authorizer(Options options) : options_(std::move(options)) {}

std::string_view Authorizer::presented_key(const HttpHead& head) const {
  constexpr std::string_view kScheme = "bearer ";
  if (const auto value = head.header("authorization")) {
    const std::string_view text = trim(*value);
    if (starts_with_ignoring_case(text, kScheme)) return trim(text.substr(kScheme.size()));
  }
  for (const std::string_view name : options_.key_headers) {
    if (const auto value = head.header(name)) return trim(*value);
  }
  return {};
}

bool Authorizer::presents_key(const HttpHead& head) const {
  return head.header("authorization") ||
         std::ranges::any_of(options_.key_headers,
                             [&](std::string_view name) { return head.header(name).has_value(); });
}

std::expected<Caller, api::ApiError> Authorizer::authorize(const HttpHead& head, Scope scope,
                                                           bool is_owner) const {
  if (scope == Scope::kPublic || is_owner) return Caller{};
  const std::string_view presented = presented_key(head);
  if (options_.keys == nullptr || presented.empty()) return authorize_nobody(scope);
  const int64_t now = options_.now();
  const auto key = options_.keys->verify(presented, now);
  if (!key) {
    // Clients that insist on a key send anything where none is needed.
    if (!options_.required && !looks_like_api_key(presented)) return authorize_nobody(scope);
    return no_valid_key("the API key is wrong, has expired or was revoked");
  }
  if (!key->scopes.contains(scope)) {
    return not_allowed(fmt::format("this API key has the scope {} only", to_string(key->scopes)));
  }
  Caller caller{.key_id = key->id, .cache_salt = {}};
  if (!options_.required || options_.keys->num_usable(now) > 1) caller.cache_salt = "key:" + key->id + ';';
  return caller;
}

std::expected<Caller, api::ApiError> Authorizer::authorize_nobody(Scope scope) const {
  if (options_.required) {
    std::string forms = "\"Authorization: Bearer KEY\"";
    for (const std::string_view name : options_.key_headers) forms += fmt::format(" or \"{}: KEY\"", name);
    return no_valid_key(fmt::format("this server requires an API key, as {}", forms));
  }
  if (scope == Scope::kManage && !options_.anyone_manages) {
    return not_allowed("this needs an API key with the scope manage");
  }
  return Caller{};
}

bool Authorizer::is_still_allowed(const Caller& caller) const {
  if (caller.key_id.empty() || options_.keys == nullptr) return true;
  return options_.keys->is_usable(caller.key_id, options_.now());
}

}  // namespace hearth::server
