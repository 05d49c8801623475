#include "server/connection.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>

#include "api/api_call.h"
#include "api/json.h"
#include "server/server_state.h"

namespace hearth {
namespace {

using std::chrono::steady_clock;

constexpr size_t kDiscardBytes = 64 << 10;
/// What every answer begins with, whatever becomes of it.
constexpr std::string_view kAnswerStart = "HTTP/1.1 ";
constexpr auto kFirstProbe = std::chrono::seconds(1);

uint64_t parse_number(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// When to write to a side that sends no more, to learn whether it still reads: at once, and then ever less
/// often.
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

/// Keeps the server's list of connections true, also when a connection ends by an exception.
class Connection::Registration {
 public:
  Registration(ServerState& server, Connection* connection) : server_(server), connection_(connection) {
    server_.connections.insert(connection_);
    server_.num_connections = server_.connections.size();
  }
  ~Registration() {
    server_.connections.erase(connection_);
    server_.num_connections = server_.connections.size();
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  ServerState& server_;
  Connection* connection_;
};

Connection::Connection(ServerState& server, tcp::socket socket, std::string address)
    : server_(server),
      address_(std::move(address)),
      transport_(std::make_shared<Transport>(std::move(socket), server.tls ? &*server.tls : nullptr)),
      reader_(transport_, server.limits),
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
  if (is_idle_) transport_->close();
}

void Connection::abort() {
  peer_gone_ = true;
  transport_->close();
  news_.notify();
}

asio::awaitable<bool> Connection::await_request() {
  if (server_.draining) co_return false;
  is_idle_ = !reader_.has_bytes();
  const bool open = co_await reader_.await_first();
  is_idle_ = false;
  co_return open;
}

asio::awaitable<bool> Connection::serve_request() {
  Call call;
  call.record = {.id = random_id("req_"),
                 .address = address_,
                 .time = std::chrono::system_clock::now(),
                 .begin = steady_clock::now()};
  HttpParser parser(server_.limits);
  const auto read = co_await reader_.read_head(parser);
  if (read && !*read) co_return false;
  call.headers = {{"x-request-id", call.record.id}, {"request-id", call.record.id}};
  if (!read) co_return co_await refuse(parser, call, read.error());

  const HttpHead& head = parser.head();
  call.record.method = head.method;
  call.record.path = head.target;
  call.record.trace = continue_trace(head.header("traceparent"));
  call.keep_alive = head.keep_alive && !server_.draining;
  call.head_only = head.method == "HEAD";
  call.chunked = head.minor_version >= 1;
  for (auto& header : server_.gate->cors_headers(head)) call.headers.push_back(std::move(header));
  auto admission = server_.gate->admit(head, address_);
  if (!admission) {
    call.dialect = admission.error().dialect;
    call.record.route = admission.error().route;
    call.record.key_id = admission.error().key_id;
    call.record.scope = admission.error().scope;
    co_return co_await refuse(parser, call, admission.error().refusal);
  }
  call.dialect = admission->match.dialect;
  call.record.key_id = admission->caller.key_id;
  if (admission->match.route != nullptr) call.record.route = admission->match.route->path();

  if (head.expects_continue && head.has_body() && !reader_.has_bytes()) {
    if (!co_await write(call, "HTTP/1.1 100 Continue\r\n\r\n")) co_return false;
  }
  const auto body = co_await reader_.read_body(parser, server_.buffered_body_bytes);
  if (!body) co_return co_await refuse(parser, call, body.error());
  if (!*body) co_return false;
  call.record.bytes_read = parser.body_size();
  call.record.scope = admission->match.route == nullptr ? Scope::kPublic : admission->match.route->scope();
  HttpRequest request{.method = head.method,
                      .path = admission->target.path,
                      .parameters = std::move(admission->match.parameters),
                      .query = std::move(admission->target.query),
                      .headers = head.headers,
                      .body = parser.take_body()};
  if (server_.keeps_bodies) call.record.body = request.body;
  co_await answer(call, std::move(*admission), std::move(request));
  finish(call);
  co_return call.keep_alive && !call.record.cut_off && !server_.draining;
}

asio::awaitable<bool> Connection::refuse(HttpParser& parser, Call& call, const Refusal& refusal) {
  // What is left of the request would be taken for the next one.
  if (!parser.head_done()) {
    call.keep_alive = false;
  } else if (!parser.done()) {
    const HttpHead& head = parser.head();
    const bool small = !head.chunked && head.content_length.value_or(0) <= kDiscardBytes;
    if (!small || head.expects_continue || refusal.status == 400 || !co_await discard_body(parser)) {
      call.keep_alive = false;
    }
  }
  co_await send_reply(call, reply_of(refusal, call.dialect, call.record.id));
  finish(call);
  co_return call.keep_alive && !call.record.cut_off;
}

asio::awaitable<bool> Connection::discard_body(HttpParser& parser) {
  const auto done = co_await reader_.read_body(parser, server_.buffered_body_bytes);
  co_return done && *done;
}

asio::awaitable<std::expected<Connection::Started, Refusal>> Connection::handle(const Call& call,
                                                                                Admission& admission,
                                                                                const HttpRequest& request) {
  // Runs on a worker: what it touches is the caller's, who waits for it.
  const auto run = [&]() -> Result<Started> {
    Outcome outcome = TRY(admission.match.route->handler()(request, admission.caller, *server_.services));
    if (auto* reply = std::get_if<HttpReply>(&outcome)) return std::move(*reply);
    if (auto* resume = std::get_if<StreamResume>(&outcome)) return std::move(*resume);
    const auto seconds = parse_number(request.header("hearth-stream-grace").value_or("0"));
    const auto grace = std::chrono::milliseconds(std::min<uint64_t>(seconds, 1'000'000) * 1000);
    return TRY(server_.services->start(
        std::move(std::get<std::unique_ptr<Exchange>>(outcome)), admission.caller,
        {.grace = std::min(grace, server_.limits.longest_grace), .ticket = std::move(admission.ticket)}));
  };
  try {
    Result<Started> started = run();
    if (started) co_return std::move(*started);
    co_return std::unexpected(refuse_for(started.error(), call));
  } catch (const std::exception& error) {
    co_return std::unexpected(refuse_for(Error{ErrorCode::kInternal, error.what(), {}}, call));
  }
}

/// A fault of the server's own is told to the log; its client learns the request's id alone.
Refusal Connection::refuse_for(const Error& error, const Call& call) const {
  Refusal refusal = refusal_of(error, call.record.id);
  if (refusal.status == 500) {
    server_.log(LogLevel::kError, fmt::format("request {}: {}", call.record.id, error.message));
  }
  return refusal;
}

asio::awaitable<void> Connection::answer(Call& call, Admission admission, HttpRequest request) {
  if (admission.match.route == nullptr) {
    co_await send_reply(call, {.status = 204, .headers = {{"Allow", admission.match.allow}}});
    co_return;
  }
  auto started =
      co_await asio::co_spawn(*server_.workers, handle(call, admission, request), asio::use_awaitable);
  if (!started) {
    co_await send_reply(call, reply_of(started.error(), call.dialect, call.record.id));
  } else if (const auto* reply = std::get_if<HttpReply>(&*started)) {
    co_await send_reply(call, *reply);
  } else if (auto* resume = std::get_if<StreamResume>(&*started)) {
    co_await send_stream(call, std::move(resume->run), resume->last_event_id);
  } else {
    auto run = std::get<std::shared_ptr<ExchangeRun>>(*started);
    request.body = {};
    for (std::string& note : run->notes()) call.headers.emplace_back(kNoteHeader, std::move(note));
    if (run->streams()) {
      co_await send_stream(call, std::move(run), 0);
    } else {
      co_await send_body(call, std::move(run));
    }
  }
}

asio::awaitable<void> Connection::send_reply(Call& call, const HttpReply& reply) {
  call.record.status = reply.status;
  const std::string text = write_reply(reply, call.headers, call.keep_alive, call.head_only);
  co_await write(call, std::string_view(text).substr(call.num_begun));
}

asio::awaitable<void> Connection::send_stream(Call& call, std::shared_ptr<ExchangeRun> run,
                                              uint64_t last_event_id) {
  call.record.status = 200;
  call.record.exchange_id = run->id();
  call.headers.emplace_back("Hearth-Stream-Id", run->id());
  if (call.head_only) {
    co_await write(call, write_stream_head(call.headers, call.keep_alive, call.chunked));
    co_return;
  }
  if (!call.chunked) call.keep_alive = false;
  PeerWatch watch = watch_peer();
  {
    StreamReader reader(run, last_event_id, [this] { news_.notify(); });
    if (co_await write(call, write_stream_head(call.headers, call.keep_alive, call.chunked))) {
      co_await pass_frames(call, reader, watch);
    }
  }
  co_await end_watch(call, watch);
  if (run->ended()) call.record.figures = run->figures();
}

asio::awaitable<void> Connection::pass_frames(Call& call, StreamReader& reader, const PeerWatch& watch) {
  ProbeTimes probes;
  while (true) {
    std::string text = reader.take();
    const bool at_end = reader.at_end();
    if (reader.lost()) {
      const Refusal lost{
          .status = 500, .code = "stream_lost", .message = "events were lost: they were not read in time"};
      text = "event: error\ndata: " + reply_of(lost, call.dialect, call.record.id).body + "\n\n";
    }
    if (text.empty() && !at_end) {
      if (watch.gone()) co_return;
      SteadyTime next = steady_clock::now() + server_.limits.comment_time;
      if (watch.half_closed()) next = std::min(next, probes.next());
      if (next > steady_clock::now() && co_await news_.wait(next)) continue;
      if (watch.half_closed()) probes.count();
      text = ": waiting\n\n";
    }
    std::string bytes = call.chunked && !text.empty() ? write_chunk(text) : std::move(text);
    if (at_end && call.chunked) bytes += kLastChunk;
    if (!bytes.empty() && !co_await write(call, bytes)) co_return;
    if (at_end) co_return;
  }
}

asio::awaitable<void> Connection::send_body(Call& call, std::shared_ptr<ExchangeRun> run) {
  call.record.exchange_id = run->id();
  PeerWatch watch = watch_peer();
  {
    const StreamReader reader(run, 0, [this] { news_.notify(); });
    co_await wait_for_end(call, *run, watch);
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
    co_await send_reply(call, reply_of(refuse_for(body.error(), call), call.dialect, call.record.id));
    co_return;
  }
  co_await send_reply(call, {.body = dump_json(*body)});
}

asio::awaitable<void> Connection::wait_for_end(Call& call, const ExchangeRun& run, const PeerWatch& watch) {
  ProbeTimes probes;
  while (!run.ended() && !watch.gone()) {
    SteadyTime next = SteadyTime::max();
    if (watch.half_closed() && call.num_begun < kAnswerStart.size()) next = probes.next();
    if (next > steady_clock::now()) {
      co_await news_.wait(next);
      continue;
    }
    // Somebody who still reads takes it for an answer that comes slowly.
    probes.count();
    if (!co_await write(call, kAnswerStart.substr(call.num_begun, 1))) co_return;
    ++call.num_begun;
  }
}

asio::awaitable<bool> Connection::write(Call& call, std::string_view bytes) {
  const auto earned = std::chrono::milliseconds(bytes.size() * 1000 / server_.limits.body_bytes_per_second);
  const bool done =
      co_await transport_->write(bytes, steady_clock::now() + server_.limits.write_time + earned);
  if (done) {
    call.record.bytes_written += bytes.size();
  } else {
    call.record.cut_off = peer_gone_ = true;
  }
  co_return done;
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

}  // namespace hearth
