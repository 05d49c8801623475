#include "server/handler_job.h"

#include <algorithm>
#include <charconv>
#include <exception>

namespace hearth {
namespace {

/// For how long an answer may run on without a reader.
std::chrono::milliseconds grace_of(const HttpRequest& request, const ServerLimits& limits) {
  const std::string_view text = request.header("hearth-stream-grace").value_or("0");
  uint64_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::min(std::chrono::milliseconds(std::min<uint64_t>(seconds, 1'000'000) * 1000),
                  limits.longest_grace);
}

Result<Started> start(HandlerJob& job, LocalServices& services, const ServerLimits& limits) {
  const Caller& caller = job.admission.caller;
  Outcome outcome = TRY(job.admission.match.route->handler()(job.request, caller, services));
  if (auto* reply = std::get_if<HttpReply>(&outcome)) return std::move(*reply);
  if (auto* resume = std::get_if<StreamResume>(&outcome)) return std::move(*resume);
  return TRY(services.start(std::move(std::get<std::unique_ptr<Exchange>>(outcome)), caller,
                            {.grace = grace_of(job.request, limits), .ticket = std::move(job.place)}));
}

}  // namespace

void HandlerJob::run(LocalServices& services, const ServerLimits& limits) {
  try {
    started = start(*this, services, limits);
  } catch (const std::exception& error) {
    started = fail(ErrorCode::kInternal, "{}", error.what());
  }
}

}  // namespace hearth
