#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_set>

#include "server/asio.h"
#include "server/gate.h"
#include "server/home_thread.h"
#include "server/local_services.h"
#include "server/request_record.h"

namespace hearth {

class Connection;

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

/// What the connections of a server share. Its home thread alone touches what is not thread-safe of itself.
struct ServerState {
  ServerLimits limits;
  asio::io_context io{1};
  AsioHome home{io};
  std::unique_ptr<asio::thread_pool> workers;
  std::unique_ptr<HostPolicy> hosts;
  std::unique_ptr<Router> router;
  std::unique_ptr<Tickets> tickets;
  std::unique_ptr<AuditTrail> audit;  ///< null: none
  std::unique_ptr<Metrics> metrics;
  std::unique_ptr<LocalServices> services;
  std::unique_ptr<Authorizer> authorizer;
  std::unique_ptr<RateLimiter> limiter;
  std::unique_ptr<Gate> gate;
  std::optional<asio::ssl::context> tls;
  LogSink log = no_log();
  std::function<void(const RequestRecord&)> on_request = [](const RequestRecord&) {};
  std::unordered_set<Connection*> connections;
  std::atomic<size_t> num_connections = 0;
  size_t buffered_body_bytes = 0;
  bool keeps_bodies = false;  ///< the audit log wants them
  bool draining = false;
};

}  // namespace hearth
