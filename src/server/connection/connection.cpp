#include "server/connection/connection.h"

#include <algorithm>
#include <array>

#include "api/call/api_call.h"
#include "api/call/json.h"
#include "api/parameters/header_parameters.h"
#include "server/connection/server_state.h"
#include "server/http/error_response.h"

namespace hearth::server {
namespace {

using std::chrono::steady_clock;

constexpr size_t kDiscardBytes = 64 << 10;
constexpr size_t kWriteBytes = 64 << 10;
constexpr size_t kSmallBodyBytes = 64 << 10;
/// The beginning of every response, whatever its status.
constexpr std::string_view kResponseStart = "HTTP/1.1 ";
constexpr auto kFirstProbe = std::chrono::seconds(1);

/// When to write to a half-closed connection, to learn whether the client still reads: at once, then with
/// growing pauses.
class ProbeTimes {
 public:
  SteadyTime next() const { return next_; }
  void count() {
    next_ = steady_clock::now() + pause_;
    pause_ *= 2;
  }

 private:
  SteadyTime next_ = SteadyTime::min();
  steady_clock::duration pause_ = kFirstProbe;
};

}  // namespace

/// Takes a connection from the server's table at its end, also when that is an exception.
class Connection::Registration {
 public:
  Registration(ServerState& server, Connection* connection) : server_(server), connection_(connection) {}
  ~Registration() { server_.connections->remove(connection_); }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  ServerState& server_;
  Connection* connection_;
};

Connection::Connection(ServerState& server, StreamSocket socket, Peer peer, bool on_reserve)
    : server_(server),
      peer_(std::move(peer)),
      on_reserve_(on_reserve),
      transport_(std::make_shared<Transport>(
          std::move(socket), server.tls && !peer_.is_owner ? &server.tls->context() : nullptr)),
      reader_(transport_, on_reserve ? server.reserve_limits : server.limits),
      news_(server.io.get_executor()) {}

asio::awaitable<void> Connection::run() {
  const auto self = shared_from_this();
  const Registration registration(server_, this);
  if (co_await transport_->handshake(steady_clock::now() + server_.limits.header_time)) {
    while (co_await await_request()) {
      if (!co_await serve_request()) break;
    }
    co_await transport_->finish();
  }
}

void Connection::drain() {
  if (phase_ == Seat::Phase::kWaiting) transport_->close();
}

void Connection::abort() {
  peer_gone_ = true;
  transport_->close();
  news_.notify();
}

void Connection::enter(Seat::Phase phase) {
  phase_ = phase;
  phase_began_ = steady_clock::now();
}

asio::awaitable<bool> Connection::await_request() {
  if (server_.draining) co_return false;
  enter(reader_.has_bytes() ? Seat::Phase::kReading : Seat::Phase::kWaiting);
  const bool open = co_await reader_.await_first();
  enter(Seat::Phase::kReading);
  co_return open;
}

asio::awaitable<bool> Connection::serve_request() {
  Call call;
  call.record = {.id = api::random_id("req_"),
                 .address = peer_.address,
                 .time = std::chrono::system_clock::now(),
                 .begin = steady_clock::now()};
  HttpParser parser(server_.limits);
  const auto read = co_await reader_.read_head(parser);
  if (read && !*read) co_return false;
  for (const std::string_view name : server_.dialects->request_id_headers()) {
    call.headers.emplace_back(name, call.record.id);
  }
  if (!read) {
    call.dialect = &server_.gate->dialect_of(parser.sketch());
    co_return co_await refuse(parser, call, read.error());
  }

  const HttpHead& head = parser.head();
  call.record.method = head.method;
  call.record.path = head.target;
  call.record.trace = continue_trace(head.header("traceparent"));
  call.keep_alive = head.keep_alive && !server_.draining && !on_reserve_;
  call.head_only = head.method == "HEAD";
  call.chunked = head.minor_version >= 1;
  for (auto& header : server_.gate->cors_headers(head)) call.headers.push_back(std::move(header));
  auto admission = server_.gate->admit(head, peer_, on_reserve_);
  if (!admission) {
    call.dialect = admission.error().dialect;
    call.record.route = admission.error().route;
    call.record.key_id = admission.error().key_id;
    call.record.scope = admission.error().scope;
    co_await hold_back(admission.error().penalty.wait);
    co_return co_await refuse(parser, call, admission.error().error);
  }
  call.dialect = admission->dialect;
  for (auto& header : admission->headers) call.headers.push_back(std::move(header));
  call.tenant = admission->caller.tenant();
  call.record.key_id = admission->caller.key_id;
  if (admission->match.route != nullptr) call.record.route = admission->match.route->path();

  if (head.expects_continue && head.has_body() && !reader_.has_bytes()) {
    if (!co_await write(call, "HTTP/1.1 100 Continue\r\n\r\n")) co_return false;
  }
  FairPool::Hold bytes = *server_.bodies->try_take(call.tenant, 0);
  const auto body = co_await reader_.read_body(parser, bytes);
  if (!body) co_return co_await refuse(parser, call, body.error());
  if (!*body) co_return false;
  enter(Seat::Phase::kResponding);
  call.record.bytes_read = parser.body_size();
  call.record.scope = admission->match.route == nullptr ? Scope::kPublic : admission->match.route->scope();
  HttpRequest request{.method = head.method,
                      .path = admission->target.path,
                      .parameters = std::move(admission->match.parameters),
                      .query = std::move(admission->target.query),
                      .headers = head.headers,
                      .body = parser.take_body()};
  std::optional<FairPool::Hold> kept;
  if (server_.keeps_bodies) {
    kept = server_.bodies->try_take(call.tenant, request.body.size());
    if (!kept) co_return co_await refuse(parser, call, server_.gate->overloaded(call.tenant));
    call.record.body = request.body;
  }
  co_await respond(call, std::move(*admission), std::move(request), std::move(bytes));
  finish(call);
  co_return call.keep_alive && !call.record.cut_off && !server_.draining;
}

asio::awaitable<bool> Connection::refuse(HttpParser& parser, Call& call, const api::ApiError& error) {
  // The rest of the request would be taken for the next one.
  if (!parser.head_done()) {
    call.keep_alive = false;
  } else if (!parser.done()) {
    const HttpHead& head = parser.head();
    const bool small = !head.chunked && head.content_length.value_or(0) <= kDiscardBytes;
    const bool broken = error.status == 400 || error.status == 408;
    if (!small || head.expects_continue || broken || !co_await discard_body(parser)) {
      call.keep_alive = false;
    }
  }
  co_await send_response(call, error_response(error, *call.dialect, call.record.id));
  finish(call);
  co_return call.keep_alive && !call.record.cut_off;
}

asio::awaitable<void> Connection::hold_back(std::chrono::milliseconds time) {
  const SteadyTime end = steady_clock::now() + time;
  while (time.count() > 0 && !peer_gone_ && steady_clock::now() < end) co_await news_.wait(end);
}

asio::awaitable<bool> Connection::discard_body(HttpParser& parser) {
  FairPool::Hold bytes = *server_.bodies->try_take(peer_.network, 0);
  const auto done = co_await reader_.read_body(parser, bytes);
  co_return done && *done;
}

asio::awaitable<void> Connection::respond(Call& call, Admission admission, HttpRequest request,
                                          FairPool::Hold bytes) {
  if (admission.match.route == nullptr) {
    co_await send_response(call, {.status = 204, .headers = {{"Allow", admission.match.allow}}});
    co_return;
  }
  auto place = server_.gate->take_place(admission);
  if (!place) {
    co_await send_response(call, error_response(place.error(), *call.dialect, call.record.id));
    co_return;
  }
  auto job = std::make_shared<HandlerJob>(
      HandlerJob{std::move(admission), std::move(request), std::move(bytes), std::move(*place)});
  if (!co_await run_handler(call, job)) {
    call.record.status = 499;
    co_return;
  }
  const Result<Started> started = std::move(job->started);
  const bool numbered = job->request.header(kGraceHeader).has_value();
  job.reset();
  if (!started) {
    co_await send_error(call, started.error());
  } else if (const auto* response = std::get_if<HttpResponse>(&*started)) {
    co_await send_response(call, *response);
  } else if (const auto* resume = std::get_if<StreamResume>(&*started)) {
    co_await send_stream(call, resume->run, {.last_event_id = resume->last_event_id, .numbered = true});
  } else if (const auto* of_job = std::get_if<JobStream>(&*started)) {
    co_await send_job(call, *of_job);
  } else {
    const auto& run = std::get<std::shared_ptr<ExchangeRun>>(*started);
    for (std::string& note : run->notes()) call.headers.emplace_back(api::kNote.name, std::move(note));
    if (run->streams()) {
      co_await send_stream(call, run, {.numbered = numbered});
    } else {
      co_await send_body(call, run);
    }
  }
}

/// False: the client disconnected before the handler began, or while a model was being loaded for it.
asio::awaitable<bool> Connection::run_handler(Call& call, const std::shared_ptr<HandlerJob>& job) {
  if (job->admission.match.route->place() == Route::Place::kHome) {
    job->run(*server_.services, server_.limits);
    co_return true;
  }
  PeerWatch watch = watch_peer();
  bool has_run = co_await run_on_worker(call, job, watch);
  while (has_run && job->wishes.awaited != nullptr) {
    has_run =
        co_await await_model(call, job->wishes.awaited, watch) && co_await run_on_worker(call, job, watch);
  }
  co_await end_watch(call, watch);
  co_return has_run;
}

asio::awaitable<bool> Connection::run_on_worker(Call& call, const std::shared_ptr<HandlerJob>& job,
                                                const PeerWatch& watch) {
  const auto done = std::make_shared<bool>(false);
  std::stop_source stop;
  job->request.gone = stop.get_token();
  // The connection belongs to the home thread: its last reference must not go on the worker.
  const auto id =
      server_.workers->post({.tenant = call.tenant,
                             .num_bytes = job->request.body.size(),
                             .run = [self = shared_from_this(), job = job, done]() mutable {
                               ServerState& server = self->server_;
                               job->run(*server.services, server.limits);
                               asio::post(server.io, [self = std::move(self), job = std::move(job), done] {
                                 *done = true;
                                 self->news_.notify();
                               });
                             }});
  const std::function<bool()> is_done = [&] { return *done; };
  co_await wait_until(is_done, call, watch);
  const bool runs = *done || !server_.workers->withdraw(id);
  if (!*done) stop.request_stop();
  while (runs && !*done) co_await news_.wait(SteadyTime::max());
  co_return runs;
}

/// Until the model is there, or will not be. False: the client disconnected first.
asio::awaitable<bool> Connection::await_model(Call& call, std::shared_ptr<ModelWish> wish,
                                              const PeerWatch& watch) {
  wish->on_ready([weak = weak_from_this()] {
    auto self = weak.lock();
    if (self == nullptr) return;
    asio::io_context& io = self->server_.io;
    asio::post(io, [self = std::move(self)] { self->news_.notify(); });
  });
  const std::function<bool()> is_there = [&] { return wish->is_granted(); };
  co_await wait_until(is_there, call, watch);
  co_return wish->is_granted();
}

asio::awaitable<void> Connection::send_error(Call& call, const Error& error) {
  return send_error(call, error, api::api_error(public_error(error, call.record.id)));
}

asio::awaitable<void> Connection::send_error(Call& call, const Error& error, api::ApiError told) {
  // Internal errors are for the log; the client gets the request's id.
  if (told.status == 500) {
    server_.log(LogLevel::kError, fmt::format("request {}: {}", call.record.id, error.message));
  }
  if (error.code == ErrorCode::kOverloaded) told.headers = server_.gate->overloaded(call.tenant).headers;
  co_await send_response(call, error_response(told, *call.dialect, call.record.id));
}

asio::awaitable<void> Connection::send_response(Call& call, const HttpResponse& response) {
  std::optional<FairPool::Hold> bytes;
  if (response.body.size() > kSmallBodyBytes) {
    bytes = server_.bodies->try_take(call.tenant, response.body.size());
    if (!bytes) {
      co_return co_await send_error(call, Error{ErrorCode::kOverloaded, "too many large responses at once",
                                                "try again a little later"});
    }
  }
  call.record.status = response.status;
  const std::string text = write_response(response, call.headers, call.keep_alive, call.head_only);
  co_await write(call, std::string_view(text).substr(call.num_begun));
}

asio::awaitable<void> Connection::send_stream(Call& call, std::shared_ptr<ExchangeRun> run,
                                              StreamReader::Options options) {
  call.record.status = 200;
  call.record.exchange_id = run->id();
  call.headers.emplace_back(api::kStreamId.name, run->id());
  if (!call.head_only && !call.chunked) call.keep_alive = false;
  const std::string head =
      write_stream_head(run->framing().content_type, call.headers, call.keep_alive, call.chunked)
          .substr(call.num_begun);
  if (call.head_only) {
    co_await write(call, head);
    co_return;
  }
  PeerWatch watch = watch_peer();
  bool lost = false;
  {
    StreamReader reader(run, options, [this] { news_.notify(); });
    lost = reader.lost();
    if (!lost && co_await write(call, head)) {
      RunFrames frames(reader);
      co_await pass_frames(call, frames, watch);
    }
  }
  co_await end_watch(call, watch);
  if (run->ended()) call.record.figures = run->figures();
  if (!lost) co_return;
  const api::ApiError gone{
      .status = 410,
      .code = "stream_lost",
      .message =
          "the events after Last-Event-ID are not there: they are kept for a while, and no "
          "event has a later id"};
  co_await send_response(call, error_response(gone, *call.dialect, call.record.id));
}

asio::awaitable<void> Connection::pass_frames(Call& call, FrameSource& frames, const PeerWatch& watch) {
  const auto keep_alive_time = server_.limits.keep_alive_time;
  ProbeTimes probes;
  SteadyTime last_write = steady_clock::now();
  while (true) {
    std::string text = frames.take();
    const bool at_end = frames.at_end();
    if (text.empty() && !at_end) {
      if (watch.gone()) co_return;
      // A notification may bring no text: the time since the last write counts.
      SteadyTime next = keep_alive_time.count() > 0 ? last_write + keep_alive_time : SteadyTime::max();
      if (watch.half_closed()) next = std::min(next, probes.next());
      if (next > steady_clock::now()) {
        co_await news_.wait(next);
        continue;
      }
      if (watch.half_closed()) probes.count();
      text = frames.filler();
    }
    std::string bytes = call.chunked && !text.empty() ? write_chunk(text) : std::move(text);
    if (at_end && call.chunked) bytes += kLastChunk;
    if (!bytes.empty() && !co_await write(call, bytes)) co_return;
    if (at_end) co_return;
    last_write = steady_clock::now();
  }
}

/// What fails before it has said anything has a status of its own.
asio::awaitable<void> Connection::send_job(Call& call, JobStream stream) {
  PeerWatch watch = watch_peer();
  JobReader reader(std::move(stream.interest), [this] { news_.notify(); });
  const bool streams = stream.streams && !call.head_only;
  const std::function<bool()> may_begin = [&] { return reader.ended() || (streams && reader.has_lines()); };
  co_await wait_until(may_begin, call, watch);
  const bool begins = streams && reader.has_lines();
  if (begins) {
    call.record.status = 200;
    if (!call.chunked) call.keep_alive = false;
    const std::string head =
        write_stream_head(api::kJsonLines.content_type, call.headers, call.keep_alive, call.chunked);
    if (co_await write(call, std::string_view(head).substr(call.num_begun))) {
      JobFrames frames(reader, *call.dialect);
      co_await pass_frames(call, frames, watch);
    }
  }
  co_await end_watch(call, watch);
  if (begins) co_return;
  if (!reader.ended()) {
    call.record.status = 499;
    call.record.cut_off = true;
  } else if (const auto error = reader.error()) {
    // Who may ask for such work may know what was wrong with it.
    co_await send_response(call, error_response(api::api_error(*error), *call.dialect, call.record.id));
  } else {
    co_await send_response(call, {.body = reader.last()});
  }
}

asio::awaitable<void> Connection::send_body(Call& call, std::shared_ptr<ExchangeRun> run) {
  call.record.exchange_id = run->id();
  PeerWatch watch = watch_peer();
  {
    const StreamReader reader(run, {}, [this] { news_.notify(); });
    const std::function<bool()> has_ended = [&] { return run->ended(); };
    co_await wait_until(has_ended, call, watch);
  }
  co_await end_watch(call, watch);
  if (!run->ended()) {
    call.record.status = 499;
    call.record.cut_off = true;
    co_return;
  }
  call.record.figures = run->figures();
  const auto body = run->body();
  if (!body) {
    co_await send_error(call, body.error(), api::run_error(public_error(body.error(), call.record.id)));
    co_return;
  }
  co_await send_response(call, {.body = api::dump_json(*body)});
}

asio::awaitable<void> Connection::wait_until(const std::function<bool()>& done, Call& call,
                                             const PeerWatch& watch) {
  ProbeTimes probes;
  while (!done() && !watch.gone()) {
    SteadyTime next = SteadyTime::max();
    if (watch.half_closed() && call.num_begun < kResponseStart.size()) next = probes.next();
    if (next > steady_clock::now()) {
      co_await news_.wait(next);
      continue;
    }
    // A client that still reads takes it for a response that arrives slowly.
    probes.count();
    if (!co_await write(call, kResponseStart.substr(call.num_begun, 1))) co_return;
    ++call.num_begun;
  }
}

asio::awaitable<bool> Connection::write(Call& call, std::string_view bytes) {
  // Each slice has a deadline of its own: a fast start earns no pause later.
  while (!bytes.empty()) {
    const std::string_view slice = bytes.substr(0, kWriteBytes);
    const auto earned = std::chrono::milliseconds(slice.size() * 1000 / server_.limits.body_bytes_per_second);
    if (!co_await transport_->write(slice, steady_clock::now() + server_.limits.write_time + earned)) {
      call.record.cut_off = peer_gone_ = true;
      co_return false;
    }
    call.record.bytes_written += slice.size();
    bytes.remove_prefix(slice.size());
  }
  co_return true;
}

PeerWatch Connection::watch_peer() {
  return PeerWatch(transport_, server_.limits.pipelined_bytes, [this] { news_.notify(); });
}

asio::awaitable<void> Connection::end_watch(Call& call, PeerWatch& watch) {
  reader_.push(co_await watch.stop());
  if (watch.gone()) call.record.cut_off = peer_gone_ = true;
}

void Connection::finish(Call& call) {
  server_.metrics->count_request(call.record.route, call.record.route == "-" ? "-" : call.record.method,
                                 call.record.status, steady_clock::now() - call.record.begin);
  server_.on_request(call.record);
}

}  // namespace hearth::server
