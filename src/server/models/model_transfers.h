#pragma once

#include <functional>
#include <stop_token>

#include "transfer/pull.h"

namespace hearth::server {

/// Brings models into the server's store, or out of it to others. Empty: this server cannot.
struct ModelTransfers {
  using Transfer =
      std::function<Status(const PullRequest& request, const OnProgress& progress, std::stop_token stop)>;
  Transfer pull = {}, push = {};
};

}  // namespace hearth::server
