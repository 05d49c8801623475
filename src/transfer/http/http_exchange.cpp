#include "transfer/http/http_exchange.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/printable.h"

namespace hearth::transfer {
namespace {

constexpr size_t kMaxHeaderBytes = size_t(256) << 10;
constexpr long kBufferSize = 512L << 10;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string address_text(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = address.sa_family == AF_INET
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
                          : &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (::inet_ntop(address.sa_family, bytes, text.data(), text.size()) == nullptr) return "?";
  return text.data();
}

bool is_transient(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_WEIRD_SERVER_REPLY:
      return true;
    default:
      return false;
  }
}

Error address_error(const Url& url, std::string_view address) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("{} leads to {}, which is an address of this machine or its network", url.authority(),
                      address),
          fmt::format("where that is meant, name the host in HEARTH_TRUSTED_HOSTS ({})", url.authority())};
}

}  // namespace

Result<std::unique_ptr<HttpExchange>> HttpExchange::create(const HttpRequest& request,
                                                           const HttpOptions& options, RateLimit& limit,
                                                           OnHead on_head, OnBody on_body) {
  if (!request.url.is_secure() && !options.insecure && !options.allow_plain) {
    return fail_hint(ErrorCode::kInvalidArgument, "use https, or allow plain HTTP with --insecure",
                     "{} is plain HTTP, which anyone on the way can read and change", request.url.shown());
  }
  std::unique_ptr<HttpExchange> exchange(
      new HttpExchange(request, options, limit, std::move(on_head), std::move(on_body)));
  TRY(exchange->prepare());
  return exchange;
}

HttpExchange::HttpExchange(const HttpRequest& request, const HttpOptions& options, RateLimit& limit,
                           OnHead on_head, OnBody on_body)
    : request_(request),
      options_(options),
      limit_(limit),
      on_head_(std::move(on_head)),
      on_body_(std::move(on_body)),
      handle_(curl_easy_init()),
      proxy_(options.proxies.of(request.url)),
      last_activity_(std::chrono::steady_clock::now()) {}

HttpExchange::~HttpExchange() {
  if (handle_ != nullptr) curl_easy_cleanup(handle_);
  curl_slist_free_all(headers_);
}

template <typename T>
void HttpExchange::set(CURLoption option, T value) {
  option_failed_ |= curl_easy_setopt(handle_, option, value) != CURLE_OK;
}

Status HttpExchange::prepare() {
  if (handle_ == nullptr) return fail(ErrorCode::kResourceLimit, "no memory for a connection");
  if (!proxy_.empty() && !options_.addresses.allows_name(request_.url)) {
    return std::unexpected(address_error(request_.url, "it by name"));
  }
  set(CURLOPT_URL, request_.url.text().c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, long(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_NOSIGNAL, 1L);
  // Empty: none, and none of the environment's either.
  set(CURLOPT_PROXY, proxy_.c_str());
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, long(options_.connect_timeout.count()));
  set(CURLOPT_BUFFERSIZE, kBufferSize);
  set(CURLOPT_USERAGENT, options_.user_agent.c_str());
  set(CURLOPT_SSL_VERIFYPEER, options_.insecure ? 0L : 1L);
  set(CURLOPT_SSL_VERIFYHOST, options_.insecure ? 0L : 2L);
  if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(
      CURLOPT_HEADERFUNCTION, +[](char* data, size_t size, size_t count, void* self) {
        return static_cast<HttpExchange*>(self)->take_header({data, size * count});
      });
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(
      CURLOPT_WRITEFUNCTION, +[](char* data, size_t size, size_t count, void* self) {
        return static_cast<HttpExchange*>(self)->take_body({data, size * count});
      });
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(
      CURLOPT_OPENSOCKETFUNCTION, +[](void* self, curlsocktype, curl_sockaddr* address) {
        return static_cast<HttpExchange*>(self)->open_socket(*address);
      });
  // What is compressed could become any size: it is not asked for, and refused.
  std::vector<std::string> headers = {"Accept-Encoding: identity", "Expect:"};
  headers.insert(headers.end(), request_.headers.begin(), request_.headers.end());
  if (!request_.authorization.empty()) headers.push_back("Authorization: " + request_.authorization);
  for (const std::string& header : headers) {
    if (header.find_first_of("\r\n") != std::string::npos) {
      return fail(ErrorCode::kInvalidArgument, "a header has a line break: {}", hearth::quoted(header));
    }
    curl_slist* longer = curl_slist_append(headers_, header.c_str());
    option_failed_ |= longer == nullptr;
    if (longer != nullptr) headers_ = longer;
  }
  set(CURLOPT_HTTPHEADER, headers_);
  prepare_body();
  if (option_failed_)
    return fail(ErrorCode::kInternal, "cannot set up a request to {}", request_.url.origin());
  return {};
}

void HttpExchange::prepare_body() {
  const uint64_t size = request_.source ? request_.source_size : request_.body.size();
  if (request_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (request_.method != "GET") {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    set(CURLOPT_INFILESIZE_LARGE, curl_off_t(size));
    set(CURLOPT_UPLOAD_BUFFERSIZE, kBufferSize);
    if (options_.bytes_per_second > 0) {
      set(CURLOPT_MAX_SEND_SPEED_LARGE, curl_off_t(options_.bytes_per_second));
    }
    set(CURLOPT_READDATA, static_cast<void*>(this));
    set(
        CURLOPT_READFUNCTION, +[](char* out, size_t of, size_t count, void* self) {
          return static_cast<HttpExchange*>(self)->give_body(out, of * count);
        });
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(this));
    set(
        CURLOPT_XFERINFOFUNCTION, +[](void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t sent) {
          auto* exchange = static_cast<HttpExchange*>(self);
          if (sent != exchange->last_sent_) exchange->last_activity_ = std::chrono::steady_clock::now();
          exchange->last_sent_ = sent;
          return 0;
        });
  }
}

void HttpExchange::resume() {
  paused_ = false;
  last_activity_ = std::chrono::steady_clock::now();
  curl_easy_pause(handle_, CURLPAUSE_CONT);
}

curl_socket_t HttpExchange::open_socket(const curl_sockaddr& address) {
  if (proxy_.empty() && !options_.addresses.allows_address(request_.url, address.addr)) {
    error_ = address_error(request_.url, address_text(address.addr));
    return CURL_SOCKET_BAD;
  }
  return ::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
}

size_t HttpExchange::take_header(std::string_view line) {
  last_activity_ = std::chrono::steady_clock::now();
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaderBytes) {
    error_ =
        Error{ErrorCode::kResourceLimit,
              fmt::format("{} sends more than {} bytes of headers", request_.url.origin(), kMaxHeaderBytes),
              {}};
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    head_ = {};
    return line.size();
  }
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    head_.headers.emplace_back(lower(trimmed(line.substr(0, colon))), trimmed(line.substr(colon + 1)));
  }
  return line.size();
}

bool HttpExchange::announce_head() {
  if (head_announced_) return !error_;
  head_announced_ = true;
  long status = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  head_.status = int(status);
  const std::string_view encoding = head_.find("content-encoding");
  if (!encoding.empty() && lower(encoding) != "identity") {
    error_ = Error{ErrorCode::kCorruptData,
                   fmt::format("{} sends {} where plain bytes were asked for", request_.url.shown(),
                               hearth::quoted(encoding)),
                   {}};
    return false;
  }
  if (const Status status_taken = on_head_(head_); !status_taken) error_ = status_taken.error();
  return !error_;
}

size_t HttpExchange::take_body(std::string_view bytes) {
  const auto now = std::chrono::steady_clock::now();
  last_activity_ = now;
  if (!limit_.is_open(now)) {
    paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  if (!announce_head()) return 0;
  limit_.take(bytes.size());
  const Result<bool> more = on_body_(bytes);
  if (!more) {
    error_ = more.error();
    return 0;
  }
  ended_early_ = !*more;
  return *more ? bytes.size() : 0;
}

size_t HttpExchange::give_body(char* out, size_t size) {
  const uint64_t whole = request_.source ? request_.source_size : request_.body.size();
  const size_t count = size_t(std::min<uint64_t>(size, whole - sent_));
  if (count == 0) return 0;
  if (request_.source) {
    if (const Status read = request_.source(sent_, out, count); !read) {
      error_ = read.error();
      return CURL_READFUNC_ABORT;
    }
  } else {
    std::copy_n(request_.body.data() + sent_, count, out);
  }
  sent_ += count;
  return count;
}

std::optional<HttpFailure> HttpExchange::outcome(CURLcode code) const {
  if (error_) return HttpFailure{.error = *error_};
  if (ended_early_) return std::nullopt;
  if (code == CURLE_OK) {
    // An answer without a body has not been announced yet.
    if (!const_cast<HttpExchange*>(this)->announce_head()) return HttpFailure{.error = *error_};
    return std::nullopt;
  }
  HttpFailure failure;
  failure.is_transient = is_transient(code);
  if (code == CURLE_SSL_CONNECT_ERROR) {
    // A connection that broke may hold the next time; a host that speaks no TLS never will.
    long number = 0;
    curl_easy_getinfo(handle_, CURLINFO_OS_ERRNO, &number);
    failure.is_transient = number != 0;
  }
  const bool is_certificate = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
  failure.error = {ErrorCode::kIo, fmt::format("{}: {}", request_.url.shown(), curl_easy_strerror(code)), {}};
  if (code == CURLE_PARTIAL_FILE) failure.error.message += " (the connection ended early)";
  if (is_certificate) {
    failure.error.hint =
        "whoever answers is not known to be the host: SSL_CERT_FILE names further authorities";
  } else if (code == CURLE_SSL_CONNECT_ERROR) {
    failure.error.hint = "a host that speaks plain HTTP takes --insecure";
  } else if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT) {
    failure.error.hint = "check the name of the host, and the network (a proxy: HTTPS_PROXY)";
  }
  return failure;
}

}  // namespace hearth::transfer
