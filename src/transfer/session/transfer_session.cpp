#include "transfer/session/transfer_session.h"

#include <filesystem>
#include <set>

#include "base/system_error.h"

namespace hearth::transfer {
namespace {

constexpr size_t kShownDigits = 12;

HttpOptions http_options(const PullRequest& request, const TransferOptions& options) {
  HttpOptions http;
  http.insecure = request.insecure;
  http.addresses = {.allow_private = options.allow_private_hosts, .trusted = options.trusted_hosts};
  // Whoever sets the endpoint means it: a mirror may be anywhere, and speak plain HTTP.
  if (const auto endpoint = Url::parse(options.hub_endpoint);
      endpoint && request.name.source == ModelSource::kHub) {
    http.addresses.trusted.push_back(endpoint->host + ':' + std::to_string(endpoint->port));
    http.allow_plain = !endpoint->is_secure();
  }
  http.proxies = options.proxies;
  http.ca_file = options.ca_file;
  http.bytes_per_second = options.bytes_per_second;
  http.num_attempts = options.num_attempts;
  http.first_backoff = options.first_backoff;
  http.stall_timeout = options.stall_timeout;
  return http;
}

}  // namespace

TransferSession::TransferSession(const PullRequest& request, ModelStore& store,
                                 const TransferOptions& options, OnProgress progress, std::stop_token stop,
                                 LogSink log)
    : request_(request),
      options_(options),
      store_(store),
      progress_(std::move(progress)),
      log_(std::move(log)),
      http_(http_options(request, options), std::move(stop)) {}

Result<std::unique_ptr<TransferSession>> TransferSession::open(const PullRequest& request, ModelStore& store,
                                                               const TransferOptions& options,
                                                               OnProgress progress, std::stop_token stop,
                                                               LogSink log) {
  if (options.offline) {
    return fail_hint(ErrorCode::kUnsupported, "unset HEARTH_OFFLINE to allow it",
                     "{} would take the network, which is switched off", request.name.text());
  }
  return std::unique_ptr<TransferSession>(
      new TransferSession(request, store, options, std::move(progress), std::move(stop), std::move(log)));
}

Result<TransferSession::Files> TransferSession::fetch(const std::vector<DownloadFile>& files) {
  Downloader downloader(http_, store_.blobs(),
                        {.num_connections = options_.num_connections,
                         .min_chunk = options_.min_chunk,
                         .max_chunk = options_.max_chunk});
  const std::filesystem::path& folder = store_.blobs().folder();
  std::error_code made;
  std::filesystem::create_directories(folder, made);
  if (made) return system_error(made.value(), "make the folder " + folder.string());
  std::vector<BlobDigest> known;
  std::set<std::string> keys;
  uint64_t missing = 0;
  for (const DownloadFile& file : files) {
    if (file.sha256) known.push_back(*file.sha256);
    // A model may hold one file twice.
    if (keys.insert(file.partial_key()).second) missing += downloader.missing_bytes(file);
  }
  TRY(require_space(folder, missing));
  Files fetched;
  fetched.claim = TRY(store_.claim(known));
  for (const DownloadFile& file : files) {
    const std::string what = file.sha256 ? file.sha256->hex().substr(0, kShownDigits) : file.name;
    auto one = TRY(downloader.fetch(
        file, [&](uint64_t num_bytes) { tell("pulling " + what, file.sha256, file.num_bytes, num_bytes); }));
    fetched.digests.push_back(one.digest);
    // The lock of what others cannot tell to be there yet is kept until they can.
    if (!file.sha256) fetched.locks.push_back(std::move(one.lock));
  }
  return fetched;
}

Status TransferSession::finish(const Manifest& manifest) {
  tell("writing manifest");
  ModelName name = request_.name;
  // Without a tag a name may stand for another one that is there.
  if (name.tag.empty()) name.tag = kDefaultTag;
  TRY(store_.put(name, manifest));
  tell("success");
  return {};
}

}  // namespace hearth::transfer
