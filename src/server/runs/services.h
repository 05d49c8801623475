#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/call/exchange.h"
#include "server/access/caller.h"
#include "server/http/message.h"
#include "server/http/route.h"
#include "server/models/model_host.h"
#include "server/models/model_info.h"
#include "server/models/model_transfers.h"
#include "server/records/audit_trail.h"

namespace hearth::server {

class ExchangeRun;
class JobRegistry;
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

  /// The models that can be asked for. `models().ask` is not for handlers: they have `model`.
  virtual ModelHost& models() const = 0;
  /// The model of this name, loaded. Where it is not loaded yet, the error is to be returned: the handler is
  /// run again when it is. Errors: those of `ModelHost::ask`.
  virtual Result<ServedModelPtr> model(const HttpRequest& request, std::string_view name) const = 0;

  /// What lists say of the files of models.
  virtual ModelDetailsCache& details() = 0;
  /// The models on disk that can be changed; null: none.
  virtual ModelStore* store() const = 0;
  virtual const ModelTransfers& transfers() const = 0;

  /// Runs an exchange in the background, without a connection.
  virtual Status start_detached(ModelCall call, const Caller& caller) = 0;
  /// Cancels the running exchange of this id. False where there is none.
  virtual bool cancel(std::string_view exchange_id) = 0;

  /// The streamed exchange of this id, running or recently ended. Error: kNotFound, also where it is another
  /// key's.
  virtual Result<std::shared_ptr<ExchangeRun>> stream(std::string_view exchange_id,
                                                      const Caller& caller) const = 0;

  /// Work that takes long and is no model's.
  virtual JobRegistry& jobs() = 0;

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
