#include "server/runs/local_services.h"

#include <fmt/ranges.h>

#include "api/call/api_error.h"
#include "base/check.h"
#include "base/printable.h"
#include "server/http/error_response.h"
#include "server/records/response_store.h"

namespace hearth::server {
namespace {

constexpr std::string_view kModelSuffix = ".gguf";

/// A model's name without folders and suffix.
std::string_view bare_name(std::string_view name) {
  name.remove_prefix(name.rfind('/') + 1);
  if (name.ends_with(kModelSuffix)) name.remove_suffix(kModelSuffix.size());
  return name;
}

}  // namespace

LocalServices::LocalServices(Parts parts) : parts_(std::move(parts)), runs_(*parts_.limits) {
  CHECK(parts_.engine && parts_.home && parts_.places && parts_.metrics && !parts_.models.empty());
}

Result<const api::ApiModel*> LocalServices::model(std::string_view name) const {
  // Further entries are other names of the first.
  if (name.empty()) return &parts_.models.front();
  std::vector<std::string_view> known;
  for (const api::ApiModel& model : parts_.models) {
    if (model.id == name || bare_name(model.id) == bare_name(name)) return &model;
    known.push_back(model.id);
  }
  return fail_hint(
      ErrorCode::kNotFound,
      fmt::format("there is {}; serve it with --alias to give it a further name", fmt::join(known, ", ")),
      "model: {} does not exist", quoted(name, 200));
}

Result<std::shared_ptr<ExchangeRun>> LocalServices::start(std::shared_ptr<api::Exchange> exchange,
                                                          const Caller& caller, StartOptions options) {
  return ExchangeRun::start(std::move(exchange), caller,
                            {.engine = parts_.engine,
                             .home = parts_.home,
                             .observer = this,
                             .limits = parts_.limits,
                             .places = parts_.places,
                             .grace = options.grace,
                             .detached = options.detached,
                             .ticket = std::move(options.ticket)});
}

Status LocalServices::start_detached(std::shared_ptr<api::Exchange> exchange, const Caller& caller) {
  auto place = parts_.places->try_take(caller.tenant(), 1);
  if (!place) {
    return fail_hint(ErrorCode::kOverloaded, "try again a little later", "the server is at capacity");
  }
  TRY(start(std::move(exchange), caller,
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
          .prefixes_failing = parts_.engine->stats().spill_failing};
}

Error LocalServices::on_error(const ExchangeRun& run, Error error) {
  if (error.code == ErrorCode::kNotFinite) {
    error.message += fmt::format(", with the weights of {}", parts_.models.front().id);
  }
  if (api::http_status(error) == 500) {
    parts_.log(LogLevel::kError, fmt::format("{}: {}", run.id(), error.message));
  }
  return public_error(std::move(error), run.id());
}

void LocalServices::on_first_token(const ExchangeRun& run) {
  parts_.metrics->observe_first_token(*run.figures().first_token - run.figures().started);
}

void LocalServices::on_end(const std::shared_ptr<ExchangeRun>& run) {
  parts_.metrics->observe_exchange(run->figures());
  parts_.on_end(*run);
  runs_.end(run);
}

}  // namespace hearth::server
