#include "server/runs/local_services.h"

#include <algorithm>

#include "api/call/api_error.h"
#include "base/check.h"
#include "server/http/error_response.h"
#include "server/records/response_store.h"

namespace hearth::server {
LocalServices::LocalServices(Parts parts)
    : parts_(std::move(parts)),
      runs_(*parts_.limits),
      jobs_([home = parts_.home](std::function<void()> task) { home->post(std::move(task)); },
            parts_.limits->num_jobs) {
  CHECK(parts_.models && parts_.home && parts_.places && parts_.metrics);
}

Result<ServedModelPtr> LocalServices::model(const HttpRequest& request, std::string_view name) const {
  // With the handler's second run comes what its first has waited for.
  std::shared_ptr<ModelWish> wish;
  if (request.wishes != nullptr) {
    const auto found = request.wishes->by_name.find(name);
    if (found != request.wishes->by_name.end()) wish = found->second;
  }
  const auto now = std::chrono::steady_clock::now();
  if (wish == nullptr) wish = parts_.models->ask(name);
  if (auto result = wish->result()) return *std::move(result);
  if (request.wishes != nullptr) {
    request.wishes->by_name.insert_or_assign(std::string(name), wish);
    request.wishes->awaited = std::move(wish);
    request.wishes->since = request.wishes->since.value_or(now);
  }
  return fail_hint(ErrorCode::kOverloaded, "try again a little later", "model: is being loaded");
}

Result<std::shared_ptr<ExchangeRun>> LocalServices::start(ModelCall call, const Caller& caller,
                                                          StartOptions options) {
  return ExchangeRun::start(std::move(call), caller,
                            {.home = parts_.home,
                             .observer = this,
                             .limits = parts_.limits,
                             .places = parts_.places,
                             .grace = options.grace,
                             .detached = options.detached,
                             .ticket = std::move(options.ticket)});
}

Status LocalServices::start_detached(ModelCall call, const Caller& caller) {
  auto place = parts_.places->try_take(caller.tenant(), 1);
  if (!place) {
    return fail_hint(ErrorCode::kOverloaded, "try again a little later", "the server is at capacity");
  }
  TRY(start(std::move(call), caller,
            {.detached = true, .ticket = std::make_shared<FairPool::Hold>(std::move(*place))}));
  return {};
}

Result<std::shared_ptr<ExchangeRun>> LocalServices::stream(std::string_view exchange_id,
                                                           const Caller& caller) const {
  auto run = runs_.find(exchange_id);
  if (!run || !run->streams() || run->caller().key_id != caller.key_id) {
    return fail_hint(ErrorCode::kNotFound, "streams are kept for a short while after their end",
                     "there is no stream '{}'", exchange_id.substr(0, 200));
  }
  return run;
}

ResponseStore& LocalServices::responses() {
  CHECK(parts_.responses != nullptr);
  return *parts_.responses;
}

void LocalServices::report_unkept(std::string_view response_id, const Error& reason) {
  parts_.metrics->count_unkept_response();
  parts_.log(LogLevel::kError, fmt::format("the response {} is not kept: {}", response_id, reason.message));
}

std::optional<AuditState> LocalServices::audit_state() const {
  if (parts_.audit == nullptr) return std::nullopt;
  return parts_.audit->state();
}

KeepingState LocalServices::keeping_state() const {
  return {.responses_failing = parts_.responses != nullptr && parts_.responses->is_failing(),
          .prefixes_failing = std::ranges::any_of(
              parts_.models->running(), [](const RunningModel& model) { return model.stats.spill_failing; })};
}

Error LocalServices::on_error(const ExchangeRun& run, Error error) {
  if (error.code == ErrorCode::kNotFinite) {
    error.message += fmt::format(", with the weights of {}", run.model_name());
  }
  if (api::http_status(error) == 500) {
    parts_.log(LogLevel::kError, fmt::format("{}: {}", run.id(), error.message));
  }
  return public_error(std::move(error), run.id());
}

void LocalServices::on_first_token(const ExchangeRun& run) {
  parts_.metrics->observe_first_token(run.model_name(), *run.figures().first_token - run.figures().started);
}

void LocalServices::on_end(const std::shared_ptr<ExchangeRun>& run) {
  parts_.metrics->observe_exchange(run->model_name(), run->figures());
  parts_.on_end(*run);
  runs_.end(run);
}

}  // namespace hearth::server
