#pragma once

#include <functional>
#include <string>

#include "server/access/gate.h"
#include "server/access/wrong_keys.h"
#include "server/connection/connection_table.h"
#include "server/connection/work_queue.h"
#include "server/http/asio.h"
#include "server/http/tls_identity.h"
#include "server/observe/request_record.h"
#include "server/runs/home_thread.h"
#include "server/runs/local_services.h"

namespace hearth::server {

/// The home thread as Asio runs it.
class AsioHome final : public HomeThread {
 public:
  explicit AsioHome(asio::io_context& io) : io_(io) {}
  void post(std::function<void()> task) override { asio::post(io_, std::move(task)); }
  void post_after(std::chrono::milliseconds delay, std::function<void()> task) override {
    asio::post(io_, [this, delay, task = std::move(task)]() mutable {
      auto timer = std::make_shared<asio::steady_timer>(io_, delay);
      timer->async_wait([timer, task = std::move(task)](const boost::system::error_code& error) {
        if (!error) task();
      });
    });
  }

 private:
  asio::io_context& io_;
};

/// What the connections of a server share. Members that are not thread-safe are for the home thread.
struct ServerState {
  ServerLimits limits;
  ServerLimits reserve_limits;  ///< for connections on a reserved seat
  // Before `io`, so that they outlive the connections, which release what they hold.
  std::unique_ptr<ConnectionTable> connections;
  std::unique_ptr<FairPool> places;  ///< for requests, waiting or running
  std::unique_ptr<FairPool> bodies;  ///< bytes of requests and responses
  asio::io_context io{1};
  AsioHome home{io};
  std::unique_ptr<WorkQueue> workers;
  std::unique_ptr<HostPolicy> hosts;
  std::unique_ptr<api::DialectTable> dialects;
  std::unique_ptr<Router> router;
  std::unique_ptr<AuditTrail> audit;  ///< null: none
  std::unique_ptr<Metrics> metrics;
  std::unique_ptr<LocalServices> services;
  std::unique_ptr<Authorizer> authorizer;
  std::unique_ptr<RateLimiter> limiter;
  std::unique_ptr<Gate> gate;
  std::unique_ptr<TlsIdentity> tls;  ///< null: plain
  WrongKeys wrong_keys;
  LogSink log = no_log();
  std::function<void(const RequestRecord&)> on_request = [](const RequestRecord&) {};
  bool keeps_bodies = false;  ///< the audit log wants them
  bool draining = false;
};

}  // namespace hearth::server
