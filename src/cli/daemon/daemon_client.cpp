#include "cli/daemon/daemon_client.h"

#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

#include "server/records/data_folder.h"

namespace hearth::cli {
namespace {

constexpr long kConnectTime_ms = 2'000;
constexpr size_t kMostBytes = size_t(64) << 20;  // of an answer that is kept whole

struct CloseCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
using Curl = std::unique_ptr<CURL, CloseCurl>;

/// What a server's answer is taken into.
struct Answer {
  CURL* curl = nullptr;
  std::string body = {};  ///< whole, or the line that has come so far
  const DaemonClient::OnData* on_data = nullptr;
  const DaemonClient::Stopped* stopped = nullptr;
  std::optional<std::string> failure = {};  ///< the data of an event that tells of an error
  bool ended = false;                       ///< no more is wanted
};

long status_of(CURL* curl) {
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

/// One line of a stream. False: no more is wanted.
bool take_line(Answer& answer, std::string_view line) {
  constexpr std::string_view kData = "data: ";
  if (!line.starts_with(kData)) return true;
  line.remove_prefix(kData.size());
  if (line == "[DONE]") return true;
  if (line.starts_with("{\"error\"")) {
    answer.failure = line;
    return true;
  }
  return (*answer.on_data)(line);
}

size_t take_bytes(const char* bytes, size_t size, size_t count, void* into) {
  Answer& answer = *static_cast<Answer*>(into);
  const size_t num_bytes = size * count;
  if (answer.body.size() + num_bytes > kMostBytes) return 0;
  answer.body.append(bytes, num_bytes);
  if (answer.on_data == nullptr || status_of(answer.curl) != 200) return num_bytes;
  size_t begin = 0;
  for (size_t end; (end = answer.body.find('\n', begin)) != std::string::npos; begin = end + 1) {
    if (take_line(answer, std::string_view(answer.body).substr(begin, end - begin))) continue;
    answer.ended = true;
    return 0;
  }
  answer.body.erase(0, begin);
  return num_bytes;
}

int look(void* into, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const Answer& answer = *static_cast<const Answer*>(into);
  return answer.stopped != nullptr && (*answer.stopped)() ? 1 : 0;
}

ErrorCode code_of(long status) {
  switch (status) {
    case 400:
      return ErrorCode::kInvalidArgument;
    case 404:
      return ErrorCode::kNotFound;
    case 413:
    case 422:
      return ErrorCode::kResourceLimit;
    case 429:
    case 503:
      return ErrorCode::kOverloaded;
    default:
      return ErrorCode::kIo;
  }
}

std::unexpected<Error> said(std::string_view body, long status) {
  const Json json = Json::parse(body, nullptr, false);
  if (json.is_object() && json.contains("error") && json["error"].is_object()) {
    const auto message = json["error"].find("message");
    if (message != json["error"].end() && message->is_string()) {
      return fail(code_of(status), "{}", message->get<std::string>());
    }
  }
  return fail(ErrorCode::kIo, "the server answered with status {}", status);
}

/// The answer's body; of a stream, what is left of it.
Result<std::string> ask(const std::filesystem::path& socket, std::string_view path, const Json* body,
                        Answer answer) {
  const Curl curl(curl_easy_init());
  if (curl == nullptr) return fail(ErrorCode::kResourceLimit, "no connection can be made");
  answer.curl = curl.get();
  const std::string url = "http://localhost" + std::string(path);
  const std::string text = body == nullptr ? std::string() : body->dump();
  curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, kConnectTime_ms);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take_bytes);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, look);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &answer);
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(nullptr, curl_slist_free_all);
  if (body != nullptr) {
    headers.reset(curl_slist_append(nullptr, "Content-Type: application/json"));
    headers.reset(curl_slist_append(headers.release(), "Expect:"));
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(text.size()));
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, text.c_str());
  }
  const CURLcode done = curl_easy_perform(curl.get());
  if (done == CURLE_ABORTED_BY_CALLBACK) return fail(ErrorCode::kCancelled, "stopped by Ctrl-C");
  if (answer.ended) return answer.body;
  if (done != CURLE_OK) {
    return fail(ErrorCode::kIo, "the server at {} does not answer: {}", socket.string(),
                curl_easy_strerror(done));
  }
  const long status = status_of(curl.get());
  if (status != 200) return said(answer.body, status);
  if (answer.failure) return said(*answer.failure, 500);
  return answer.body;
}

Result<Json> parsed(Result<std::string> body) {
  Json json = Json::parse(TRY(std::move(body)), nullptr, false);
  if (json.is_discarded()) return fail(ErrorCode::kIo, "the server's answer is no JSON");
  return json;
}

}  // namespace

Result<std::filesystem::path> daemon_socket(const Environment& environment) {
  if (const auto path = environment("HEARTH_SOCKET")) return std::filesystem::path(*path);
  return TRY(server::data_folder(environment)) / "daemon.sock";
}

std::optional<DaemonClient> DaemonClient::find(const Environment& environment) {
  const auto socket = daemon_socket(environment);
  std::error_code error;
  if (!socket || !std::filesystem::is_socket(*socket, error)) return std::nullopt;
  DaemonClient client(*socket);
  if (!client.get("/health")) return std::nullopt;
  return client;
}

Result<Json> DaemonClient::get(std::string_view path) const {
  return parsed(ask(socket_, path, nullptr, {}));
}

Result<Json> DaemonClient::post(std::string_view path, const Json& body) const {
  return parsed(ask(socket_, path, &body, {}));
}

Status DaemonClient::stream(std::string_view path, const Json& body, const OnData& on_data,
                            const Stopped& stopped) const {
  TRY(ask(socket_, path, &body, {.on_data = &on_data, .stopped = &stopped}));
  return {};
}

}  // namespace hearth::cli
