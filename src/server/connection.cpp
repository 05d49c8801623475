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

constexpr size_t kReadBytes = 16 << 10;
constexpr size_t kDiscardBytes = 64 << 10;

/// Bytes of a request's body that count against the server's sum until this goes.
class BodyBudget {
 public:
  BodyBudget(size_t& total, size_t limit) : total_(total), limit_(limit) {}
  ~BodyBudget() { total_ -= own_; }
  BodyBudget(const BodyBudget&) = delete;
  BodyBudget& operator=(const BodyBudget&) = delete;

  [[nodiscard]] bool grow_to(size_t bytes) {
    total_ += bytes - own_;
    own_ = bytes;
    return total_ <= limit_;
  }

 private:
  size_t& total_;
  size_t limit_;
  size_t own_ = 0;
};

uint64_t parse_number(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

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

struct Connection::Watch {
  bool stop = false;
  bool done = false;
};

Connection::Connection(ServerState& server, tcp::socket socket, std::string address)
    : server_(server),
      address_(std::move(address)),
      transport_(std::make_shared<Transport>(std::move(socket), server.tls ? &*server.tls : nullptr)),
      wake_(server.io) {}

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
  signal();
}

asio::awaitable<bool> Connection::await_request() {
  if (server_.draining) co_return false;
  if (!in_.empty()) co_return true;
  in_.shrink_to_fit();
  is_idle_ = true;
  const SteadyTime deadline = steady_clock::now() + server_.limits.idle_time;
  bool open = co_await transport_->wait_readable(deadline);
  if (open) {
    std::array<char, 512> buffer;
    const size_t num_read = co_await transport_->read_some(buffer, deadline);
    in_.assign(buffer.data(), num_read);
    open = num_read > 0;
  }
  is_idle_ = false;
  co_return open;
}

asio::awaitable<std::expected<bool, Refusal>> Connection::read_head(HttpParser& parser) {
  const SteadyTime deadline = steady_clock::now() + server_.limits.header_time;
  while (true) {
    const auto used = parser.feed(in_);
    if (!used) co_return std::unexpected(used.error());
    in_.erase(0, *used);
    if (parser.head_done()) co_return true;
    const size_t size = in_.size();
    in_.resize(size + 4096);
    const size_t num_read = co_await transport_->read_some(std::span(in_).subspan(size), deadline);
    in_.resize(size + num_read);
    if (num_read == 0) co_return false;
  }
}

asio::awaitable<std::expected<bool, Refusal>> Connection::read_body(HttpParser& parser) {
  const ServerLimits& limits = server_.limits;
  const SteadyTime begin = steady_clock::now();
  BodyBudget budget(server_.buffered_body_bytes, limits.buffered_body_bytes);
  while (true) {
    const auto used = parser.feed(in_);
    if (!used) co_return std::unexpected(used.error());
    in_.erase(0, *used);
    if (parser.done()) co_return true;
    if (!budget.grow_to(parser.body_size())) {
      co_return std::unexpected(Refusal{.status = 503,
                                        .code = "overloaded",
                                        .message = "too many large requests at once",
                                        .headers = {{"Retry-After", "5"}}});
    }
    // A sender who keeps the least rate is never cut off.
    const auto earned = std::chrono::milliseconds(parser.body_size() * 1000 / limits.body_bytes_per_second);
    const size_t size = in_.size();
    in_.resize(size + kReadBytes);
    const size_t num_read =
        co_await transport_->read_some(std::span(in_).subspan(size), begin + limits.body_time + earned);
    in_.resize(size + num_read);
    if (num_read == 0) co_return false;
  }
}

asio::awaitable<bool> Connection::serve_request() {
  Call call;
  call.record = {.id = random_id("req_"),
                 .address = address_,
                 .time = std::chrono::system_clock::now(),
                 .begin = steady_clock::now()};
  HttpParser parser(server_.limits);
  const auto read = co_await read_head(parser);
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

  if (head.expects_continue && head.has_body() && in_.empty()) {
    if (!co_await write(call, "HTTP/1.1 100 Continue\r\n\r\n")) co_return false;
  }
  const auto body = co_await read_body(parser);
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
  const auto done = co_await read_body(parser);
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
    co_return std::unexpected(refusal_of(started.error(), call.record.id));
  } catch (const std::exception& error) {
    co_return std::unexpected(refusal_of(Error{ErrorCode::kInternal, error.what(), {}}, call.record.id));
  }
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
    if (run->streams()) {
      co_await send_stream(call, std::move(run), 0);
    } else {
      co_await send_body(call, std::move(run));
    }
  }
}

asio::awaitable<void> Connection::send_reply(Call& call, const HttpReply& reply) {
  call.record.status = reply.status;
  co_await write(call, write_reply(reply, call.headers, call.keep_alive, call.head_only));
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
  const auto watch = start_watch();
  {
    StreamReader reader(run, last_event_id, [this] { signal(); });
    if (co_await write(call, write_stream_head(call.headers, call.keep_alive, call.chunked))) {
      co_await pass_frames(call, reader);
    }
  }
  co_await stop_watch(watch);
  if (peer_gone_) call.record.cut_off = true;
  if (run->ended()) call.record.figures = run->figures();
}

asio::awaitable<void> Connection::pass_frames(Call& call, StreamReader& reader) {
  while (true) {
    std::string text = reader.take();
    const bool at_end = reader.at_end();
    if (reader.lost()) {
      const Refusal lost{
          .status = 500, .code = "stream_lost", .message = "events were lost: they were not read in time"};
      text = "event: error\ndata: " + reply_of(lost, call.dialect, call.record.id).body + "\n\n";
    }
    if (text.empty() && !at_end) {
      if (peer_gone_) co_return;
      if (co_await wait_signal(steady_clock::now() + server_.limits.comment_time)) continue;
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
  const auto watch = start_watch();
  {
    const StreamReader reader(run, 0, [this] { signal(); });
    while (!run->ended() && !peer_gone_) co_await wait_signal(SteadyTime::max());
  }
  co_await stop_watch(watch);
  if (!run->ended()) {
    call.record.status = 499;
    call.record.cut_off = true;
    co_return;
  }
  call.record.figures = run->figures();
  const auto body = run->body();
  if (!body) {
    co_await send_reply(call,
                        reply_of(refusal_of(body.error(), call.record.id), call.dialect, call.record.id));
    co_return;
  }
  co_await send_reply(call, {.body = dump_json(*body)});
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

void Connection::finish(Call& call) {
  server_.metrics->count_request(call.record.route, call.record.route == "-" ? "-" : call.record.method,
                                 call.record.status, steady_clock::now() - call.record.begin);
  server_.on_request(call.record);
}

std::shared_ptr<Connection::Watch> Connection::start_watch() {
  auto watch = std::make_shared<Watch>();
  asio::co_spawn(server_.io, watch_peer(watch), asio::detached);
  return watch;
}

asio::awaitable<void> Connection::watch_peer(std::shared_ptr<Watch> watch) {
  const auto self = shared_from_this();
  while (!watch->stop) {
    const size_t size = in_.size();
    if (size > server_.limits.pipelined_bytes) {
      peer_gone_ = true;
      break;
    }
    std::array<char, 512> buffer;
    const size_t num_read = co_await transport_->read_some(buffer, SteadyTime::max());
    in_.append(buffer.data(), num_read);
    if (num_read > 0) continue;
    if (!watch->stop) peer_gone_ = true;
    break;
  }
  watch->done = true;
  signal();
}

asio::awaitable<void> Connection::stop_watch(std::shared_ptr<Watch> watch) {
  watch->stop = true;
  while (!watch->done) {
    transport_->cancel();
    co_await wait_signal(steady_clock::now() + std::chrono::milliseconds(20));
  }
}

void Connection::signal() {
  signalled_ = true;
  wake_.cancel();
}

asio::awaitable<bool> Connection::wait_signal(SteadyTime deadline) {
  if (!signalled_) {
    wake_.expires_at(deadline);
    co_await wake_.async_wait(kAwait);
  }
  co_return std::exchange(signalled_, false);
}

}  // namespace hearth
