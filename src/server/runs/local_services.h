#pragma once

#include <atomic>
#include <string>

#include "server/access/fair_pool.h"
#include "server/jobs/job_registry.h"
#include "server/observe/metrics.h"
#include "server/runs/run_registry.h"
#include "server/runs/services.h"

namespace hearth::server {

/// The services of one process: its models and the exchanges that they run.
class LocalServices final : public Services, private ExchangeRun::Observer {
 public:
  struct Parts {
    ModelHost* models = nullptr;
    ModelStore* store = nullptr;  ///< null: none
    ModelTransfers transfers = {};
    ResponseStore* responses = nullptr;  ///< null where no route needs it
    HomeThread* home = nullptr;
    FairPool* places = nullptr;
    Metrics* metrics = nullptr;
    const ServerLimits* limits = nullptr;
    AuditTrail* audit = nullptr;  ///< null: none
    LogSink log = no_log();
    /// Called for every ended exchange, on the home thread.
    std::function<void(const ExchangeRun&)> on_end = [](const ExchangeRun&) {};
  };
  explicit LocalServices(Parts parts);

  struct StartOptions {
    std::chrono::milliseconds grace{0};
    bool detached = false;
    std::shared_ptr<void> ticket = nullptr;
  };
  /// Errors: those of the engine; kOverloaded.
  Result<std::shared_ptr<ExchangeRun>> start(ModelCall call, const Caller& caller, StartOptions options);
  RunRegistry& runs() { return runs_; }
  void stop_taking_work() { ready_ = false; }

  ModelHost& models() const override { return *parts_.models; }
  ModelDetailsCache& details() override { return details_; }
  ModelStore* store() const override { return parts_.store; }
  const ModelTransfers& transfers() const override { return parts_.transfers; }
  Result<ServedModelPtr> model(const HttpRequest& request, std::string_view name) const override;
  Status start_detached(ModelCall call, const Caller& caller) override;
  bool cancel(std::string_view exchange_id) override { return runs_.cancel(exchange_id); }
  Result<std::shared_ptr<ExchangeRun>> stream(std::string_view exchange_id,
                                              const Caller& caller) const override;
  JobRegistry& jobs() override { return jobs_; }
  ResponseStore& responses() override;
  void report_unkept(std::string_view response_id, const Error& reason) override;
  bool ready() const override { return ready_; }
  std::optional<AuditState> audit_state() const override;
  KeepingState keeping_state() const override;
  std::string metrics_text() const override { return parts_.metrics->text(); }

 private:
  void on_start(const std::shared_ptr<ExchangeRun>& run) override { runs_.add(run); }
  void on_refused(const ExchangeRun& run) override { runs_.remove(run); }
  Error on_error(const ExchangeRun& run, Error error) override;
  void on_first_token(const ExchangeRun& run) override;
  void on_token_gap(const ExchangeRun& run, std::chrono::nanoseconds gap) override {
    parts_.metrics->observe_token_gap(run.model_name(), gap);
  }
  void on_end(const std::shared_ptr<ExchangeRun>& run) override;

  Parts parts_;
  RunRegistry runs_;
  ModelDetailsCache details_;
  JobRegistry jobs_;
  std::atomic<bool> ready_ = true;
};

}  // namespace hearth::server
