#pragma once

#include <memory>
#include <string_view>
#include <variant>

#include "server/access/fair_pool.h"
#include "server/access/gate.h"
#include "server/runs/exchange_run.h"
#include "server/runs/local_services.h"

namespace hearth::server {

/// In lower case, as HttpRequest has it.
constexpr std::string_view kGraceHeader = "hearth-stream-grace";

/// A handler's outcome, its exchange started.
using Started = std::variant<HttpResponse, std::shared_ptr<ExchangeRun>, StreamResume, JobStream>;

/// A complete, admitted request on its way through its route's handler. It may outlive its connection; its
/// destructor releases what it holds.
struct HandlerJob {
  Admission admission;
  HttpRequest request;
  FairPool::Hold bytes;         ///< of the request
  std::shared_ptr<void> place;  ///< null: it needs none
  ModelWishes wishes = {};
  Result<Started> started = HttpResponse();

  /// Any thread. Sets `started`, unless `wishes.awaited` is set: then it is to be run again when that is
  /// there. An exception of the handler becomes an error.
  void run(LocalServices& services, const ServerLimits& limits);
};

}  // namespace hearth::server
