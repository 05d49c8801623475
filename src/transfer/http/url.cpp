#include "transfer/http/url.h"

#include <algorithm>
#include <charconv>
#include <memory>

#include <curl/curl.h>

#include "base/printable.h"

namespace hearth::transfer {
namespace {

constexpr size_t kMaxLength = 8192;
constexpr uint16_t kHttpPort = 80, kHttpsPort = 443;

using Handle = std::unique_ptr<CURLU, decltype([](CURLU* handle) { curl_url_cleanup(handle); })>;

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    return host.ends_with(']') && std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) {
             return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.';
           });
  }
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, is_host_char);
}

Result<std::string> part(CURLU* handle, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  const CURLUcode code = curl_url_get(handle, which, &text, flags);
  if (code == CURLUE_NO_QUERY) return std::string();
  if (code != CURLUE_OK) return fail(ErrorCode::kInvalidArgument, "{}", curl_url_strerror(code));
  std::string value(text);
  curl_free(text);
  return value;
}

Result<Url> taken_apart(CURLU* handle) {
  Url url;
  url.scheme = TRY(part(handle, CURLUPART_SCHEME));
  if (url.scheme != "http" && url.scheme != "https") {
    return fail(ErrorCode::kInvalidArgument, "{} is neither http nor https", hearth::quoted(url.scheme));
  }
  url.host = TRY(part(handle, CURLUPART_HOST));
  std::ranges::transform(url.host, url.host.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  if (!is_host(url.host)) return fail(ErrorCode::kInvalidArgument, "{} is no host", hearth::quoted(url.host));
  char* zone = nullptr;
  if (curl_url_get(handle, CURLUPART_ZONEID, &zone, 0) == CURLUE_OK) {
    curl_free(zone);
    return fail(ErrorCode::kInvalidArgument, "the host has a zone");
  }
  const std::string port = TRY(part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT));
  std::from_chars(port.data(), port.data() + port.size(), url.port);
  if (url.port == 0) return fail(ErrorCode::kInvalidArgument, "the port is 0");
  url.target = TRY(part(handle, CURLUPART_PATH));
  const std::string query = TRY(part(handle, CURLUPART_QUERY));
  if (!query.empty()) url.target += '?' + query;
  return url;
}

/// Whether what has a scheme goes on with "://" and a host: some readers take fewer or more slashes.
bool has_plain_slashes(std::string_view text) {
  const size_t colon = text.find_first_of(":/?#");
  if (colon == std::string_view::npos || text[colon] != ':') return true;
  const std::string_view rest = text.substr(colon);
  return rest.starts_with("://") && !rest.starts_with(":///");
}

/// `base` empty: none.
Result<Url> parse_from(const std::string& base, std::string_view text) {
  const auto refused = [&](std::string_view why) {
    return fail(ErrorCode::kInvalidArgument, "{} is no address that can be fetched: {}", hearth::quoted(text),
                why);
  };
  if (text.size() > kMaxLength) return refused("it is too long");
  // What browsers and libraries read in different ways is read by nobody.
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; })) {
    return refused("it has a character that belongs in no address");
  }
  if (!has_plain_slashes(text)) return refused("its scheme is not followed by two slashes and a host");
  const Handle handle(curl_url());
  if (!handle) return fail(ErrorCode::kResourceLimit, "no memory for an address");
  if (!base.empty() && curl_url_set(handle.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK) {
    return refused("what it starts from is none");
  }
  const std::string copy(text);
  constexpr unsigned kFlags = CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME;
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, copy.c_str(), kFlags);
  if (code != CURLUE_OK) return refused(curl_url_strerror(code));
  Result<Url> url = taken_apart(handle.get());
  if (!url) return refused(url.error().message);
  return url;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) { return parse_from({}, text); }

Result<Url> Url::resolve(std::string_view reference) const { return parse_from(text(), reference); }

std::string Url::authority() const {
  const bool is_default = port == (is_secure() ? kHttpsPort : kHttpPort);
  return is_default ? host : host + ':' + std::to_string(port);
}

std::string Url::text() const { return origin() + target; }

std::string Url::shown() const { return origin() + target.substr(0, target.find('?')); }

std::string percent_encoded(std::string_view text, std::string_view kept) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view("-._~").contains(c) || kept.contains(c);
    if (is_plain) {
      out += c;
    } else {
      out += {'%', kHex[uint8_t(c) >> 4], kHex[uint8_t(c) & 15]};
    }
  }
  return out;
}

}  // namespace hearth::transfer
