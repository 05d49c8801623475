#include "transfer/pull.h"

#include <ctime>

#include "transfer/hub/pull_hub.h"
#include "transfer/registry/pull_registry.h"
#include "transfer/registry/push_registry.h"
#include "transfer/session/transfer_session.h"

namespace hearth {
namespace {

using namespace transfer;

/// One file by its address: what is there now is what is fetched, by its ETag where it has one.
Status pull_url(TransferSession& session) {
  const ModelName& name = session.name();
  const Url url = TRY(Url::parse(name.url));
  const Locate find = [&] {
    return locate(session.http(), url, {},
                  [&](const HttpAnswer& answer) { return status_failure(answer.head, url.shown()).error; });
  };
  session.tell("pulling manifest");
  const Location location = TRY(find());
  if (!location.num_bytes) {
    return fail(ErrorCode::kUnsupported, "{}: the server does not say how large the file is", url.shown());
  }
  const int64_t begin = std::time(nullptr);
  DownloadFile file{.name = name.model, .num_bytes = *location.num_bytes, .locate = find};
  file.identity = name.url;
  file.validator = location.etag;
  file.find_finished = [&]() -> std::optional<BlobDigest> {
    const auto stored = session.store().find(name);
    if (!stored || stored->modified < begin || stored->manifest.layers.size() != 1) return std::nullopt;
    const Layer& layer = stored->manifest.layers[0];
    return layer.num_bytes == file.num_bytes ? std::optional(layer.digest) : std::nullopt;
  };
  const TransferSession::Files files = TRY(session.fetch({file}));
  Manifest manifest{.origin = name.url};
  manifest.layers.push_back({.media_type = std::string(media_type::kModel),
                             .digest = files.digests[0],
                             .num_bytes = file.num_bytes,
                             .name = name.model});
  manifest.write();
  return session.finish(manifest);
}

}  // namespace

Status pull(const PullRequest& request, ModelStore& store, const TransferOptions& options,
            const OnProgress& progress, std::stop_token stop, const LogSink& log) {
  const auto session = TRY(TransferSession::open(request, store, options, progress, std::move(stop), log));
  switch (request.name.source) {
    case ModelSource::kHub:
      return pull_hub(*session);
    case ModelSource::kUrl:
      return pull_url(*session);
    default:
      return pull_registry(*session);
  }
}

Status push(const PullRequest& request, ModelStore& store, const TransferOptions& options,
            const OnProgress& progress, std::stop_token stop, const LogSink& log) {
  if (request.name.source != ModelSource::kRegistry) {
    return fail_hint(ErrorCode::kUnsupported,
                     "copy it to a name of a registry first: hearth cp A host/space/model",
                     "{} is no name of a registry", request.name.text());
  }
  const auto session = TRY(TransferSession::open(request, store, options, progress, std::move(stop), log));
  return push_registry(*session);
}

}  // namespace hearth
