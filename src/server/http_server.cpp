#include "server/http_server.h"

#include <atomic>
#include <thread>
#include <utility>

#include "api/call/api_error.h"
#include "base/check.h"
#include "base/system_error.h"
#include "base/threads.h"
#include "server/access/key_store.h"
#include "server/connection/connection.h"
#include "server/connection/owner_socket.h"
#include "server/connection/server_state.h"
#include "server/models/model_host.h"
#include "server/observe/otlp_exporter.h"
#include "server/records/audit_log.h"
#include "server/records/audit_trail.h"
#include "server/records/response_store.h"

namespace hearth::server {
namespace {

using ErrorValue = boost::system::error_code;
using std::chrono::steady_clock;

constexpr auto kHousekeepingInterval = std::chrono::milliseconds(500);
/// What a connection on a reserved seat gets for its request.
constexpr auto kReserveTime = std::chrono::milliseconds(2'000);

Result<std::unique_ptr<TlsIdentity>> load_tls(const ServerOptions& options) {
  if (options.tls_certificate.empty() && options.tls_key.empty()) return nullptr;
  if (options.tls_certificate.empty() || options.tls_key.empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "name a certificate and its key", "TLS needs two files");
  }
  return TlsIdentity::load(options.tls_certificate, options.tls_key);
}

int64_t unix_time() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Beyond loopback nobody is let in without a key, so there must be one.
Result<bool> needs_key(const ServerOptions& options, const ServerParts& parts,
                       const tcp::endpoint& endpoint) {
  const bool required = options.require_key || !endpoint.address().is_loopback();
  if (required && (parts.keys == nullptr || parts.keys->num_usable(unix_time()) == 0)) {
    return fail_hint(ErrorCode::kInvalidArgument, "make one with `hearth keys create`",
                     "listening on {} requires an API key, and there is none", options.host);
  }
  return required;
}

/// An IPv6 address may stand in brackets, as in a URL.
std::string bare_host(const std::string& host) {
  return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

Result<tcp::endpoint> find_endpoint(asio::io_context& io, const ServerOptions& options) {
  ErrorValue error;
  const std::string host = bare_host(options.host);
  const auto address = asio::ip::make_address(host, error);
  if (!error) return tcp::endpoint(address, options.port);
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(host, std::to_string(options.port), error);
  if (error || found.empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "give an address such as 127.0.0.1",
                     "cannot find the host '{}': {}", options.host, error.message());
  }
  return found.begin()->endpoint();
}

}  // namespace

class HttpServer::Running {
 public:
  static Result<std::unique_ptr<Running>> start(const ServerOptions& options, ServerParts parts);
  ~Running();

  Status bind(const ServerOptions& options, const tcp::endpoint& endpoint);
  void add_figures();
  void add_grammar_figures();
  Status serve();
  void drain(std::chrono::milliseconds limit);

  ServerState state;
  tcp::acceptor acceptor{state.io};
  std::unique_ptr<OwnerSocket> owner_socket;  ///< null: none
  tcp::endpoint endpoint;
  std::string host;
  const std::filesystem::path no_socket;

 private:
  asio::awaitable<void> accept_all();
  asio::awaitable<void> accept_owner();
  void tell_of_accepting(const ErrorValue& error);
  void seat(StreamSocket socket, Peer peer);
  asio::awaitable<void> do_housekeeping();
  void record(const RequestRecord& record);
  void check_keys();
  void end_serving();
  void check_certificate();
  void flush_audit();
  bool wait_until_quiet(steady_clock::time_point deadline);

  ServerParts parts_;
  bool accept_fails_ = false;
  std::atomic<bool> audit_flushing_ = false;
  bool audit_flush_fails_ = false;  ///< of the worker that flushes
  asio::steady_timer housekeeping_timer_{state.io};
  std::thread thread_;
};

Result<std::unique_ptr<HttpServer::Running>> HttpServer::Running::start(const ServerOptions& options,
                                                                        ServerParts parts) {
  CHECK(parts.models != nullptr);
  auto running = std::make_unique<Running>();
  ServerState& state = running->state;
  state.limits = state.reserve_limits = options.limits;
  state.reserve_limits.header_time = std::min(options.limits.header_time, kReserveTime);
  state.reserve_limits.idle_time = std::min(options.limits.idle_time, kReserveTime);
  state.connections = std::make_unique<ConnectionTable>(options.limits.num_connections);
  state.tls = TRY(load_tls(options));
  const tcp::endpoint endpoint = TRY(find_endpoint(state.io, options));
  TRY(running->bind(options, endpoint));
  if (!options.socket.empty()) running->owner_socket = OwnerSocket::open(state.io, options.socket, parts.log);
  state.workers = TRY(WorkQueue::start(size_t(options.num_workers)));
  state.hosts = std::make_unique<HostPolicy>(HostPolicy::Options{
      .loopback_only = endpoint.address().is_loopback(), .hosts = options.hosts, .origins = options.origins});
  state.dialects = std::make_unique<api::DialectTable>(std::move(parts.dialects));
  state.router = std::make_unique<Router>(std::move(parts.routes));
  state.places = std::make_unique<FairPool>(
      FairPool::Options{.capacity = options.capacity, .reserve = options.reserved_places});
  state.bodies = std::make_unique<FairPool>(FairPool::Options{
      .capacity = options.limits.buffered_body_bytes, .reserve = options.limits.buffered_body_bytes / 8});
  const auto default_model = parts.models->find({});
  state.metrics = std::make_unique<Metrics>(default_model ? default_model->found.name : std::string());
  const auto charge = [&state](const ExchangeRun& run) {
    const Usage& usage = run.figures().usage;
    state.limiter->charge_tokens(run.caller().key_id, run.caller().network,
                                 usage.num_prompt_tokens + usage.num_generated_tokens, steady_clock::now());
  };
  state.log = parts.log;
  if (parts.audit != nullptr) {
    state.audit = std::make_unique<AuditTrail>(*parts.audit, options.audit_policy, parts.log);
  }
  state.services = std::make_unique<LocalServices>(LocalServices::Parts{.models = parts.models,
                                                                        .store = parts.store,
                                                                        .transfers = parts.transfers,
                                                                        .responses = parts.responses,
                                                                        .home = &state.home,
                                                                        .places = state.places.get(),
                                                                        .metrics = state.metrics.get(),
                                                                        .limits = &state.limits,
                                                                        .audit = state.audit.get(),
                                                                        .log = parts.log,
                                                                        .on_end = charge});
  state.limiter = std::make_unique<RateLimiter>(options.per_key, options.per_address);
  state.authorizer =
      std::make_unique<Authorizer>(Authorizer::Options{.keys = parts.keys,
                                                       .key_headers = state.dialects->key_headers(),
                                                       .required = TRY(needs_key(options, parts, endpoint)),
                                                       .anyone_manages = options.anyone_manages,
                                                       .now = unix_time});
  state.gate = std::make_unique<Gate>(Gate::Parts{.dialects = state.dialects.get(),
                                                  .hosts = state.hosts.get(),
                                                  .router = state.router.get(),
                                                  .places = state.places.get(),
                                                  .metrics = state.metrics.get(),
                                                  .authorizer = state.authorizer.get(),
                                                  .limiter = state.limiter.get(),
                                                  .wrong_keys = &state.wrong_keys,
                                                  .num_connections = options.limits.num_connections,
                                                  .audit = state.audit.get()});
  if (!endpoint.address().is_loopback() && !state.tls) {
    parts.log(LogLevel::kWarning, "without TLS, keys and texts are sent in clear text: see --tls-cert");
  }
  state.keeps_bodies = parts.audit != nullptr && options.audit_bodies;
  running->parts_ = std::move(parts);
  state.on_request = [running = running.get()](const RequestRecord& record) { running->record(record); };
  running->add_figures();
  TRY(running->serve());
  return running;
}

void HttpServer::Running::add_figures() {
  state.metrics->add_gauge({.name = "hearth_connections", .help = "Open connections.", .read = [this] {
                              return double(state.connections->size());
                            }});
  state.metrics->add_gauge({.name = "hearth_exchanges_running",
                            .help = "API calls that run the model, waiting or running.",
                            .read = [this] { return double(state.services->runs().num_running()); }});
  state.metrics->add_gauge({.name = "hearth_places_used",
                            .help = "Places for requests that are taken.",
                            .read = [this] { return double(state.places->num_used()); }});
  state.metrics->add_gauge({.name = "hearth_body_bytes",
                            .help = "Bytes of requests and responses that are held.",
                            .read = [this] { return double(state.bodies->num_used()); }});
  state.metrics->set_engines([models = parts_.models] {
    std::vector<NamedStats> engines;
    for (RunningModel& model : models->running()) engines.emplace_back(std::move(model.name), model.stats);
    return engines;
  });
  add_grammar_figures();
  if (parts_.log_lines_dropped) {
    state.metrics->add_gauge({.name = "hearth_log_lines_dropped_total",
                              .help = "Log lines that were dropped.",
                              .read = [this] { return double(parts_.log_lines_dropped()); },
                              .only_grows = true});
  }
  if (parts_.responses != nullptr) {
    state.metrics->add_gauge({.name = "hearth_responses_failing",
                              .help = "1 while responses cannot be kept.",
                              .read = [this] { return parts_.responses->is_failing() ? 1.0 : 0.0; }});
  }
  if (!state.audit) return;
  state.metrics->add_gauge({.name = "hearth_audit_failing",
                            .help = "1 while the audit log cannot be written.",
                            .read = [this] { return state.audit->state().failing ? 1.0 : 0.0; }});
  state.metrics->add_gauge({.name = "hearth_audit_missing_total",
                            .help = "Requests that are missing in the audit log.",
                            .read = [this] { return double(state.audit->state().num_missing); },
                            .only_grows = true});
}

void HttpServer::Running::add_grammar_figures() {
  const auto add = [&](const char* name, const char* help, auto read, bool only_grows) {
    const auto read_models = [models = parts_.models, read] {
      std::vector<std::pair<std::string, double>> values;
      for (const RunningModel& model : models->running()) {
        if (model.grammars) values.emplace_back(model.name, double(read(*model.grammars)));
      }
      return values;
    };
    state.metrics->add_gauge(
        {.name = name, .help = help, .read_models = read_models, .only_grows = only_grows});
  };
  using Stats = const GrammarCacheStats&;
  add(
      "hearth_grammars", "Compiled grammars that are kept.", [](Stats stats) { return stats.num_grammars; },
      false);
  add(
      "hearth_grammar_bytes", "Bytes of the compiled grammars that are kept.",
      [](Stats stats) { return stats.num_bytes; }, false);
  add(
      "hearth_grammar_cache_hits_total", "Requests whose grammar was compiled already.",
      [](Stats stats) { return stats.num_hits; }, true);
  add(
      "hearth_grammar_cache_misses_total", "Grammars that were compiled, or refused.",
      [](Stats stats) { return stats.num_misses; }, true);
  add(
      "hearth_grammar_refusals_total", "Grammars that were refused.",
      [](Stats stats) { return stats.num_failures; }, true);
  add(
      "hearth_grammar_cache_evictions_total", "Compiled grammars that made way for others.",
      [](Stats stats) { return stats.num_evictions; }, true);
  add(
      "hearth_grammar_compile_seconds_total", "Time in which grammars were compiled.",
      [](Stats stats) { return double(stats.compile_ns) * 1e-9; }, true);
}

Status HttpServer::Running::bind(const ServerOptions& options, const tcp::endpoint& wanted) {
  ErrorValue error;
  acceptor.open(wanted.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(wanted, error);
  if (!error) acceptor.listen(4096, error);
  if (!error) endpoint = acceptor.local_endpoint(error);
  const std::string bare = bare_host(options.host);
  host = bare.find(':') == std::string::npos ? bare : '[' + bare + ']';
  if (error == asio::error::address_in_use || error == asio::error::access_denied) {
    return fail_hint(ErrorCode::kIo, "choose another with --port, or --port 0 for any",
                     "cannot listen on {}:{}: {}", host, options.port, error.message());
  }
  if (error == boost::system::errc::address_not_available) {
    return fail_hint(ErrorCode::kIo, "give an address of this machine with --host",
                     "cannot listen on {}:{}: {}", host, options.port, error.message());
  }
  if (error) return system_error(error.value(), fmt::format("listen on {}:{}", host, options.port));
  return {};
}

Status HttpServer::Running::serve() {
  asio::co_spawn(state.io, accept_all(), asio::detached);
  if (owner_socket) asio::co_spawn(state.io, accept_owner(), asio::detached);
  asio::co_spawn(state.io, do_housekeeping(), asio::detached);
  thread_ = TRY(start_thread([this] {
    // What one task throws is no reason to leave the others.
    while (true) {
      try {
        state.io.run();
        return;
      } catch (const std::exception& error) {
        parts_.log(LogLevel::kError, fmt::format("an error while serving: {}", error.what()));
      }
    }
  }));
  return {};
}

asio::awaitable<void> HttpServer::Running::accept_all() {
  asio::steady_timer pause(state.io);
  while (acceptor.is_open()) {
    tcp::endpoint peer;
    auto [error, socket] = co_await acceptor.async_accept(peer, kAwait);
    if (error) {
      if (!acceptor.is_open()) break;
      tell_of_accepting(error);
      // Out of file descriptors, most likely: some will be closed soon.
      pause.expires_after(std::chrono::milliseconds(50));
      co_await pause.async_wait(kAwait);
      continue;
    }
    tell_of_accepting({});
    seat(std::move(socket), peer_of(peer.address().to_string()));
  }
}

/// That none can be accepted is news once, and so is that they can be again.
void HttpServer::Running::tell_of_accepting(const ErrorValue& error) {
  if (std::exchange(accept_fails_, bool(error)) == bool(error)) return;
  if (error) {
    parts_.log(LogLevel::kError,
               api::whole_message(system_error(error.value(), "accept connections").error()));
  } else {
    parts_.log(LogLevel::kWarning, "connections are accepted again");
  }
}

/// On the socket of this machine: those who are the server's own user.
asio::awaitable<void> HttpServer::Running::accept_owner() {
  while (owner_socket->acceptor.is_open()) {
    auto [error, socket] = co_await owner_socket->acceptor.async_accept(kAwait);
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) break;
    if (error) {
      asio::steady_timer pause(state.io, std::chrono::milliseconds(50));
      co_await pause.async_wait(kAwait);
    } else if (is_own_user(socket.native_handle())) {
      seat(std::move(socket), {.address = "local", .network = "local", .is_owner = true});
    }
  }
}

void HttpServer::Running::seat(StreamSocket socket, Peer peer) {
  const auto kind = state.connections->find_seat(peer.network, steady_clock::now());
  auto connection = std::make_shared<Connection>(state, std::move(socket), std::move(peer),
                                                 kind == ConnectionTable::Kind::kReserve);
  state.connections->add(connection.get(), kind);
  asio::co_spawn(state.io, [connection] { return connection->run(); }, asio::detached);
}

asio::awaitable<void> HttpServer::Running::do_housekeeping() {
  while (true) {
    housekeeping_timer_.expires_after(kHousekeepingInterval);
    const auto [error] = co_await housekeeping_timer_.async_wait(kAwait);
    if (error) break;
    state.services->runs().expire(steady_clock::now());
    if (state.audit) state.audit->retry();
    flush_audit();
    if (parts_.responses != nullptr) parts_.responses->retry();
    check_keys();
    check_certificate();
  }
}

/// On a worker: a slow disk must not hold up the connections.
void HttpServer::Running::flush_audit() {
  if (parts_.audit == nullptr || parts_.audit->is_synced() || audit_flushing_.exchange(true)) return;
  state.workers->post({.tenant = "audit", .run = [this] {
                         const Status synced = parts_.audit->sync();
                         if (!synced && !audit_flush_fails_)
                           parts_.log(LogLevel::kError, api::whole_message(synced.error()));
                         audit_flush_fails_ = !synced;
                         audit_flushing_ = false;
                       }});
}

void HttpServer::Running::check_certificate() {
  if (!state.tls) return;
  if (const auto renewed = state.tls->refresh(); !renewed) {
    parts_.log(LogLevel::kError,
               fmt::format("{}; the previous one stays in use", api::whole_message(renewed.error())));
  } else if (*renewed) {
    parts_.log(LogLevel::kInfo, "the certificate was renewed");
  }
}

void HttpServer::Running::check_keys() {
  if (parts_.keys == nullptr) return;
  if (const auto changed = parts_.keys->refresh(); !changed) {
    parts_.log(LogLevel::kError, changed.error().message);
  }
  state.services->runs().cancel_if(
      [&](const ExchangeRun& run) { return !state.authorizer->is_still_allowed(run.caller()); });
}

void HttpServer::Running::record(const RequestRecord& record) {
  if (state.audit != nullptr && record.scope != Scope::kPublic) state.audit->add(to_audit_record(record));
  if (parts_.request_log) parts_.request_log(to_log_line(record, steady_clock::now()));
  if (parts_.traces != nullptr && record.trace.sampled && !record.trace.trace_id.empty()) {
    parts_.traces->add(to_span(record, steady_clock::now()));
  }
}

bool HttpServer::Running::wait_until_quiet(steady_clock::time_point deadline) {
  while (state.connections->size() > 0 || state.services->runs().num_running() > 0) {
    if (steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

void HttpServer::Running::drain(std::chrono::milliseconds limit) {
  constexpr auto kLastWords = std::chrono::seconds(2);
  state.services->stop_taking_work();
  asio::post(state.io, [this] {
    ErrorValue ignored;
    state.draining = true;
    acceptor.close(ignored);
    if (owner_socket) owner_socket->acceptor.close(ignored);
    for (Connection* connection : state.connections->all()) connection->drain();
  });
  if (wait_until_quiet(steady_clock::now() + limit)) return;
  state.services->runs().cancel_all();
  state.services->jobs().stop_all();
  wait_until_quiet(steady_clock::now() + kLastWords);
}

HttpServer::Running::~Running() {
  if (thread_.joinable()) end_serving();
  if (state.workers) state.workers->stop();
  state.io.stop();
  if (thread_.joinable()) thread_.join();
}

void HttpServer::Running::end_serving() {
  drain(std::chrono::milliseconds(0));
  asio::post(state.io, [this] {
    housekeeping_timer_.cancel();
    for (Connection* connection : state.connections->all()) connection->abort();
  });
  wait_until_quiet(steady_clock::now() + std::chrono::seconds(5));
  state.workers->stop();
  // The engine may still speak to what runs.
  while (state.services->runs().num_running() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

HttpServer::HttpServer(std::unique_ptr<Running> running) : running_(std::move(running)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::start(const ServerOptions& options, ServerParts parts) {
  // Asio tells by exceptions what the system refuses it.
  try {
    std::unique_ptr<Running> running = TRY(Running::start(options, std::move(parts)));
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(running)));
  } catch (const boost::system::system_error& error) {
    return system_error(error.code().value(), "start the server");
  }
}

uint16_t HttpServer::port() const { return running_->endpoint.port(); }

std::string HttpServer::url() const {
  return fmt::format("{}://{}:{}", running_->state.tls ? "https" : "http", running_->host, port());
}

const std::filesystem::path& HttpServer::socket() const {
  return running_->owner_socket ? running_->owner_socket->path() : running_->no_socket;
}

Services& HttpServer::services() { return *running_->state.services; }
Metrics& HttpServer::metrics() { return *running_->state.metrics; }
size_t HttpServer::num_connections() const { return running_->state.connections->size(); }
size_t HttpServer::num_running() const { return running_->state.services->runs().num_running(); }
void HttpServer::drain(std::chrono::milliseconds limit) { running_->drain(limit); }

}  // namespace hearth::server
