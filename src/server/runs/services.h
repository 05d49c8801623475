#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/call/api_model.h"
#include "api/call/exchange.h"
#include "server/access/caller.h"
#include "server/records/audit_trail.h"

namespace hearth::server {

class ExchangeRun;
class ResponseStore;

/// What cannot be stored on disk at present.
struct KeepingState {
  bool responses_failing = false;
  bool prefixes_failing = false;
};

/// What the routes may use. Thread-safe.
class Services {
 public:
  virtual ~Services() = default;

  /// The models that are served.
  virtual std::span<const api::ApiModel> models() const = 0;
  /// By id, by alias, by file name, with or without ".gguf"; the first where `name` is empty. Error:
  /// kNotFound naming the model and those there are.
  virtual Result<const api::ApiModel*> model(std::string_view name) const = 0;

  /// Runs an exchange in the background, without a connection.
  virtual Status start_detached(std::shared_ptr<api::Exchange> exchange, const Caller& caller) = 0;
  /// Cancels the running exchange of this id. False where there is none.
  virtual bool cancel(std::string_view exchange_id) = 0;

  /// The streamed exchange of this id, running or recently ended. Error: kNotFound, also where it is another
  /// key's.
  virtual Result<std::shared_ptr<ExchangeRun>> stream(std::string_view exchange_id,
                                                      const Caller& caller) const = 0;

  virtual ResponseStore& responses() = 0;
  /// Logs and counts a response that could not be stored. Any thread.
  virtual void report_unkept(std::string_view response_id, const Error& reason) = 0;

  /// Whether new work is taken; false while the server drains.
  virtual bool ready() const = 0;
  /// The state of the audit log; nothing where there is none.
  virtual std::optional<AuditState> audit_state() const = 0;
  virtual KeepingState keeping_state() const = 0;
  /// The metrics, in the Prometheus text format.
  virtual std::string metrics_text() const = 0;
};

}  // namespace hearth::server
