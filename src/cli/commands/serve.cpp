#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "base/printable.h"
#include "base/private_file.h"
#include "cli/command.h"
#include "cli/config/server_config.h"
#include "cli/daemon/daemon_client.h"
#include "cli/hosted_models.h"
#include "cli/server_values.h"
#include "cli/server_variables.h"
#include "cli/session.h"
#include "cli/session_options.h"
#include "cli/shutdown_signal.h"
#include "cli/terminal.h"
#include "server/access/key_store.h"
#include "server/http_server.h"
#include "server/observe/otlp_exporter.h"
#include "server/records/audit_log.h"
#include "server/records/data_folder.h"
#include "server/records/response_store.h"

namespace hearth::cli {
namespace {

struct ServeOptions {
  SessionOptions session;
  server::ServerOptions server;
  size_t max_queue = 256;
  int drain_s = 30;
  double keep_alive_s = 15;
  std::string audit_log;
  std::string audit_failure = "refuse";
  double prefix_disk_gb = 0;
  std::string otlp_endpoint;
  HostOptions host;
  std::optional<Result<HostAndPort>> listen;  ///< as Ollama's variable says it
  Status configured = {};                     ///< what came of hearth.toml
  bool quiet = false;
};

/// Rounded up: what is not 0 stays so.
std::chrono::milliseconds whole_milliseconds(double seconds) {
  return std::chrono::milliseconds(seconds > 0 ? int64_t(std::ceil(seconds * 1e3)) : 0);
}

/// As many open files as the system lets this process have.
void raise_file_limit() {
  constexpr rlim_t kWanted = 65'536;
  rlimit files = {};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= kWanted) return;
  files.rlim_cur = std::min(files.rlim_max, kWanted);
  ::setrlimit(RLIMIT_NOFILE, &files);
}

/// No more connections than there are descriptors for, once all is open but the server itself. Error:
/// kResourceLimit for too few.
Status fit_connections(server::ServerLimits& limits) {
  // The server's own (socket, events, timers, signals), and those of files that are opened for a moment.
  constexpr size_t kServerFiles = 8, kPassingFiles = 12, kLeastConnections = 4;
  rlimit files = {};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return {};
  const size_t limit = files.rlim_cur;
  std::error_code error;
  size_t num_open = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    ++num_open;
  }
  // Where not even that folder can be opened, none is free.
  if (error) num_open = limit;
  const size_t needed = num_open + kServerFiles + kPassingFiles;
  if (needed + kLeastConnections > limit) {
    return fail_hint(ErrorCode::kResourceLimit,
                     fmt::format("raise the limit (ulimit -n) to {} or more", needed + kLeastConnections),
                     "at most {} files may be open, which leaves none for connections", limit);
  }
  limits.num_connections = std::min(limits.num_connections, limit - needed);
  return {};
}

Status prepare_spill(const ServeOptions& options, SessionOptions& session) {
  if (options.prefix_disk_gb <= 0) return {};
  const std::filesystem::path cache = TRY(server::cache_folder(process_environment()));
  session.prefixes.spill.folder = cache / "prefixes";
  session.prefixes.spill.max_bytes = size_t(options.prefix_disk_gb * double(size_t(1) << 30));
  session.prefixes.digests = cache / "file_digests";
  return {};
}

/// The private folder of responses and keys. Empty: there is no place for it, which is said.
Result<std::filesystem::path> records_folder(const LogSink& log) {
  auto folder = server::data_folder(process_environment());
  if (!folder && folder.error().code == ErrorCode::kNotFound) {
    log(LogLevel::kWarning,
        "HOME is not set: responses are kept in memory alone, and there are no API keys (set HOME or "
        "XDG_DATA_HOME)");
    return std::filesystem::path();
  }
  if (!folder) return folder;
  // Where a full disk has no room for the folder, it is made when what belongs there is kept.
  const Status made = make_private_folder(*folder, log);
  if (!made && made.error().code != ErrorCode::kNoSpace) return std::unexpected(made.error());
  return folder;
}

/// What is served, for the line that tells it.
Result<std::string> what_is_served(const server::PoolHost& models, const ServeOptions& options) {
  if (options.session.model.empty()) return fmt::format("{} models are", models.list().size());
  const server::FoundModel found = TRY(models.find({})).found;
  return visible_line(found.stored ? found.name : found.path.filename().string()) + " is";
}

/// On standard output, if somebody takes it.
void announce(std::string_view line) {
  int ignored = 0;
  write_until(STDOUT_FILENO, line, std::chrono::steady_clock::now() + std::chrono::seconds(1), ignored);
}

Status serve(ServeOptions& options) {
  if (options.listen) TRY(*options.listen);
  TRY(options.configured);
  // A client that leaves, and a reader of the log, are no reason to end.
  std::signal(SIGPIPE, SIG_IGN);
  const auto writer = TRY(LogWriter::start(STDERR_FILENO));
  const LogSink log = writer_log(*writer);
  TRY(prepare_spill(options, options.session));
  options.session.load.max_waiting = options.max_queue + options.server.reserved_places;
  raise_file_limit();
  std::unique_ptr<server::PoolHost> models = TRY(open_host(options.session, options.host, log));
  server::ServerParts parts{.routes = server::all_routes(), .models = models.get(), .log = log};
  const std::shared_ptr<ModelStore> store = TRY(open_store(log));
  parts.store = store.get();
  if (store) parts.transfers = TRY(transfers_of(store, log));
  const std::filesystem::path folder = TRY(records_folder(log));
  const auto responses =
      TRY(server::ResponseStore::open(folder.empty() ? folder : folder / "responses.sqlite", log));
  parts.responses = responses.get();
  std::unique_ptr<server::KeyStore> keys;
  if (!folder.empty()) keys = TRY(server::KeyStore::open(folder, log));
  parts.keys = keys.get();
  std::unique_ptr<server::AuditLog> audit;
  if (!options.audit_log.empty()) audit = TRY(server::AuditLog::open(options.audit_log, log));
  parts.audit = audit.get();
  std::unique_ptr<server::OtlpExporter> traces;
  if (!options.otlp_endpoint.empty()) {
    const bool has_slash = options.otlp_endpoint.ends_with('/');
    traces = TRY(
        server::OtlpExporter::start(options.otlp_endpoint + (has_slash ? "v1/traces" : "/v1/traces"), log));
  }
  parts.traces = traces.get();
  if (!options.quiet) {
    parts.request_log = [&writer](std::string_view line) { writer->add(visible_line(line)); };
  }
  parts.log_lines_dropped = [&writer] { return writer->num_dropped(); };
  options.server.audit_policy =
      options.audit_failure == "continue" ? server::AuditPolicy::kContinue : server::AuditPolicy::kRefuse;
  options.server.limits.keep_alive_time = whole_milliseconds(options.keep_alive_s);
  options.server.capacity = options.session.load.num_sequences + options.max_queue;
  // A folder that could not be made has no room for a socket either.
  std::error_code no_folder;
  if (std::filesystem::is_directory(folder, no_folder)) {
    options.server.socket = TRY(daemon_socket(process_environment()));
  }
  TRY(fit_connections(options.server.limits));
  auto server = TRY(server::HttpServer::start(options.server, std::move(parts)));
  const auto signal = TRY(ShutdownSignal::install());
  announce(fmt::format("{} served at {}\n", TRY(what_is_served(*models, options)), server->url()));
  signal->wait();
  if (!options.quiet) log(LogLevel::kWarning, "waiting for what is under way; once more to stop at once");
  server->drain(std::chrono::seconds(options.drain_s));
  server.reset();
  // The engine ends before what its events may still be for.
  models.reset();
  if (audit && audit->num_lost() > 0) {
    return fail_hint(ErrorCode::kIo, "the log on standard error says why: mend that before the next start",
                     "{} requests were served and are missing in {}", audit->num_lost(), options.audit_log);
  }
  return {};
}

/// What hearth.toml says holds where nothing else is said. A file that is wrong is told when a server starts.
Status configure(Arguments& arguments, HostOptions& host) {
  const std::filesystem::path path = config_path(process_environment());
  if (path.empty()) return {};
  const ServerConfig config = TRY(read_config(path));
  TRY(apply_config(config, arguments));
  for (const auto& [name, model] : config.models) {
    host.settings[name] = model.settings;
    for (const std::string& alias : model.aliases) host.configured_aliases.push_back({alias, name});
  }
  return {};
}

void add_limits(Arguments& arguments, ServeOptions& options) {
  add_sharing_options(arguments, options.session);
  arguments.option("--prefix-disk", options.prefix_disk_gb, number(0.0, 1e6),
                   "gigabytes of computed prefixes kept on disk; 0: none");
  arguments.option("--max-queue", options.max_queue, number(size_t(1), size_t(1) << 20),
                   "most requests that wait beside those");
  arguments.option("--max-connections", options.server.limits.num_connections,
                   number(size_t(1), size_t(1) << 20), "most connections at once");
  arguments.option("--keep-alive", options.keep_alive_s, number(0.0, 86400.0),
                   "seconds after which a silent stream says that it lives; 0: never");
  arguments.option("--drain-time", options.drain_s, number(0, 86400),
                   "seconds that running requests get to end at SIGTERM");
  const auto add_rate = [&](const char* name, double& target, const char* help) {
    arguments.option(name, target, number(0.0), help).unless_given("0, no limit");
  };
  server::RateLimits &per_key = options.server.per_key, &per_address = options.server.per_address;
  add_rate("--key-requests", per_key.requests_per_minute, "most requests of a key in a minute");
  add_rate("--key-tokens", per_key.tokens_per_minute, "most tokens of a key in a minute");
  add_rate("--ip-requests", per_address.requests_per_minute, "most requests of an address in a minute");
  add_rate("--ip-tokens", per_address.tokens_per_minute, "most tokens of an address in a minute");
}

void add_options(Arguments& arguments, ServeOptions& options) {
  add_model(arguments, "MODEL,-m,--model", options.session.model)
      .unless_given("none; every model is loaded when it is asked for");
  arguments.option("--host", options.server.host, listen_address(), "address to listen on");
  arguments.option("-p,--port", options.server.port, number<uint16_t>(0, 65535),
                   "port to listen on; 0: any that is free");
  add_limits(arguments, options);
  add_draft_options(arguments, options.session);
  add_chat_template_option(arguments, options.session);
  add_pooling_option(arguments, options.session);
  arguments.option("--tls-cert", options.server.tls_certificate, word("FILE"), "PEM file; turns TLS on");
  arguments.option("--tls-key", options.server.tls_key, word("FILE"), "PEM file of the certificate's key");
  add_host_options(arguments, options.host);
  arguments.repeatable("--allow-host", options.server.hosts, host_name(),
                       "further name that clients reach the server by");
  arguments.repeatable("--allow-origin", options.server.origins, web_origin(),
                       "web page that may use the server; * is any");
  arguments.flag("--require-key", options.server.require_key,
                 "want an API key on a loopback address as well");
  arguments.flag("--local-manage", options.server.anyone_manages,
                 "on a loopback address, load and unload models without a key");
  const Argument& audit = arguments.option("--audit-log", options.audit_log, word("FILE"),
                                           "file to which every request is added, hash-chained");
  arguments
      .option("--audit-failure", options.audit_failure, choice({"refuse", "continue"}),
              "while the audit log cannot be written: refuse requests, or continue")
      .needs(audit);
  arguments.flag("--audit-prompts", options.server.audit_bodies, "the audit log also keeps what was said")
      .needs(audit);
  arguments
      .option("--otlp-endpoint", options.otlp_endpoint, collector_url(),
              "collector that is sent a span for each request, as http://localhost:4318")
      .environment("OTEL_EXPORTER_OTLP_ENDPOINT");
  arguments.flag("-q,--quiet", options.quiet, "no line for each request on standard error");
  add_session_options(arguments, options.session);
}

}  // namespace

Command command_serve() {
  return {"serve", "Serve HTTP clients", [](Arguments& arguments) -> std::function<Status()> {
            auto options = std::make_shared<ServeOptions>();
            options->session.load.num_sequences = 64;
            options->session.load.kv_tokens = 65'536;
            // A variable that is wrong is told when a server starts, and not to other commands.
            if (const auto text = process_environment()("OLLAMA_HOST")) {
              options->listen = parse_ollama_host(*text, {options->server.host, options->server.port});
              if (*options->listen) {
                options->server.host = (*options->listen)->host;
                options->server.port = (*options->listen)->port;
              }
            }
            add_options(arguments, *options);
            name_server_variables(arguments);
            options->configured = configure(arguments, options->host);
            return [options] { return serve(*options); };
          }};
}

}  // namespace hearth::cli
