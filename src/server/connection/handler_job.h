#pragma once

#include <memory>
#include <string_view>
#include <variant>

#include "server/access/fair_pool.h"
#include "server/access/gate.h"
#include "server/runs/exchange_run.h"
#include "server/runs/local_services.h"

namespace hearth::server {

/// As a request has it: in small letters.
constexpr std::string_view kGraceHeader = "hearth-stream-grace";

/// What a handler's outcome has become.
using Started = std::variant<HttpReply, std::shared_ptr<ExchangeRun>, StreamResume>;

/// A request that has come whole and is let in, on its way through its route's handler. It may outlive the
/// connection that it came by; what it holds is given back when it goes.
struct HandlerJob {
  Admission admission;
  HttpRequest request;
  FairPool::Hold bytes;         ///< of the request
  std::shared_ptr<void> place;  ///< null: it needs none
  Result<Started> started = HttpReply();

  /// Any thread; `started` tells how it went. What the handler throws is an error as well.
  void run(LocalServices& services, const ServerLimits& limits);
};

}  // namespace hearth::server
