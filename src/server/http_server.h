#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/call/dialect.h"
#include "base/log.h"
#include "base/result.h"
#include "server/access/rate_limiter.h"
#include "server/http/limits.h"
#include "server/http/route.h"
#include "server/models/model_transfers.h"
#include "server/observe/metrics.h"
#include "server/records/audit_trail.h"

namespace hearth::server {

class KeyStore;
class ModelHost;
class OtlpExporter;
class ResponseStore;
class Services;

struct ServerOptions {
  std::string host = "127.0.0.1";        ///< an address or a name
  uint16_t port = 11434;                 ///< 0: any that is free
  size_t capacity = 512;                 ///< model requests that wait or run at once
  size_t reserved_places = 64;           ///< beyond them, for tenants that hold few
  int num_workers = 2;                   ///< threads for handlers
  std::string tls_certificate, tls_key;  ///< PEM files; empty: no TLS
  std::vector<std::string> hosts;        ///< further names that clients may use for this server
  std::vector<std::string> origins;      ///< web pages that may use it
  bool require_key = false;              ///< also on a loopback address
  bool anyone_manages = false;           ///< without a key, on a loopback address
  std::filesystem::path socket = {};     ///< for the user that the server runs as; empty: none
  RateLimits per_key, per_address;
  bool audit_bodies = false;  ///< the audit log holds request bodies
  AuditPolicy audit_policy = AuditPolicy::kRefuse;
  ServerLimits limits;
};

/// What a server serves. All of it must outlive the server.
struct ServerParts {
  std::vector<Route> routes;
  std::vector<const api::Dialect*> dialects = api::all_dialects();
  ModelHost* models = nullptr;
  ModelStore* store = nullptr;    ///< that clients with the right to may change; null: none
  ModelTransfers transfers = {};  ///< into the store and out of it
  ResponseStore* responses = nullptr;
  KeyStore* keys = nullptr;                                     ///< null: none
  OtlpExporter* traces = nullptr;                               ///< null: none
  AuditLog* audit = nullptr;                                    ///< null: none
  std::function<void(std::string_view line)> request_log = {};  ///< one line of JSON a request; may be empty
  std::function<uint64_t()> log_lines_dropped = {};             ///< of both logs; may be empty
  LogSink log = no_log();
};

/// An HTTP server with threads of its own. Its methods are for the thread that made it.
class HttpServer {
 public:
  /// Binds and begins to serve. Errors: kInvalidArgument for a wrong address or certificate, and for an
  /// address beyond loopback where there is no key; kIo where the system refuses.
  static Result<std::unique_ptr<HttpServer>> start(const ServerOptions& options, ServerParts parts);
  /// Stops at once and cancels what runs.
  ~HttpServer();

  uint16_t port() const;
  std::string url() const;
  /// Where its own user finds it; empty: there is no socket, which the log has told.
  const std::filesystem::path& socket() const;
  Services& services();
  Metrics& metrics();
  size_t num_connections() const;
  size_t num_running() const;

  /// Takes no new work and waits at most `limit` for running requests; the rest is then cancelled, and its
  /// clients get their last event.
  void drain(std::chrono::milliseconds limit);

 private:
  class Running;
  explicit HttpServer(std::unique_ptr<Running> running);

  std::unique_ptr<Running> running_;
};

}  // namespace hearth::server
