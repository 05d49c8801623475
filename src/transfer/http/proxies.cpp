#include "transfer/http/proxies.h"

#include <initializer_list>

#include "transfer/http/address_policy.h"

namespace hearth::transfer {
namespace {

bool matches(std::string_view host, std::string_view pattern) {
  if (pattern == "*") return true;
  if (pattern.starts_with("*.")) pattern.remove_prefix(1);
  if (pattern.starts_with('.')) pattern.remove_prefix(1);
  if (pattern.empty() || !host.ends_with(pattern)) return false;
  return host.size() == pattern.size() || host[host.size() - pattern.size() - 1] == '.';
}

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return out;
}

}  // namespace

Proxies Proxies::from_environment(const Environment& environment) {
  const auto first = [&](std::initializer_list<const char*> names) {
    for (const char* name : names) {
      if (auto value = environment(name); value && !value->empty()) return *value;
    }
    return std::string();
  };
  return {.http = first({"http_proxy", "all_proxy", "ALL_PROXY"}),
          .https = first({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}),
          .no_proxy = first({"no_proxy", "NO_PROXY"})};
}

std::string Proxies::of(const Url& url) const {
  const std::string& proxy = url.is_secure() ? https : http;
  if (proxy.empty() || is_loopback_name(url.host)) return {};
  std::string_view rest = no_proxy;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(','), rest.size());
    std::string pattern = lower(rest.substr(0, end));
    std::erase(pattern, ' ');
    if (matches(url.host, pattern) || matches(url.host + ':' + std::to_string(url.port), pattern)) return {};
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
  return proxy;
}

}  // namespace hearth::transfer
