#include "server/connection/handler_job.h"

#include <algorithm>
#include <exception>

#include "api/parameters/header_parameters.h"

namespace hearth::server {
namespace {

/// How long generation may continue without a reader.
Result<std::chrono::milliseconds> read_grace(const HttpRequest& request, const ServerLimits& limits) {
  const int64_t seconds =
      TRY(api::read_integer(api::kStreamGrace, request.header(kGraceHeader).value_or("0")));
  return std::min(std::chrono::milliseconds(std::chrono::seconds(seconds)), limits.longest_grace);
}

Result<Started> start(HandlerJob& job, LocalServices& services, const ServerLimits& limits) {
  const Caller& caller = job.admission.caller;
  Outcome outcome = TRY(job.admission.match.route->handler()(job.request, caller, services));
  if (auto* response = std::get_if<HttpResponse>(&outcome)) return std::move(*response);
  if (auto* resume = std::get_if<StreamResume>(&outcome)) return std::move(*resume);
  if (auto* stream = std::get_if<JobStream>(&outcome)) return std::move(*stream);
  const std::chrono::milliseconds grace = TRY(read_grace(job.request, limits));
  return TRY(services.start(std::move(std::get<ModelCall>(outcome)), caller,
                            {.grace = grace, .ticket = std::move(job.place)}));
}

}  // namespace

void HandlerJob::run(LocalServices& services, const ServerLimits& limits) {
  wishes.awaited = nullptr;
  request.wishes = &wishes;
  try {
    started = start(*this, services, limits);
  } catch (const std::exception& error) {
    started = fail(ErrorCode::kInternal, "{}", error.what());
  }
}

}  // namespace hearth::server
