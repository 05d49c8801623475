#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/connection/frame_source.h"
#include "server/connection/handler_job.h"
#include "server/connection/make_room.h"
#include "server/connection/peer_watch.h"
#include "server/connection/request_reader.h"
#include "server/http/parser.h"
#include "server/http/transport.h"
#include "server/http/wakeup.h"
#include "server/http/writer.h"
#include "server/observe/request_record.h"

namespace hearth::server {

struct ServerState;

/// One client's connection: reads requests one by one and responds to each before it reads the next. While
/// the model generates, it watches for a disconnect. For the thread of the server's io_context.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// With `on_reserve`, it serves one request, of a route of the home thread.
  Connection(ServerState& server, StreamSocket socket, Peer peer, bool on_reserve);

  asio::awaitable<void> run();
  Seat seat() const { return {.network = peer_.network, .phase = phase_, .since = phase_began_}; }
  /// Closes it now if it is idle, else after the current response.
  void drain();
  /// Closes it now and cancels what it waits for.
  void abort();

 private:
  /// A request under way.
  struct Call {
    RequestRecord record;
    const api::Dialect* dialect = nullptr;
    bool keep_alive = false;
    bool head_only = false;
    bool chunked = true;   ///< the client understands chunked transfer
    HeaderList headers;    ///< of the response
    size_t num_begun = 0;  ///< bytes of the status line that were written ahead, as probes
    std::string tenant;    ///< whose share it uses
  };

  void enter(Seat::Phase phase);
  asio::awaitable<bool> await_request();
  asio::awaitable<bool> serve_request();
  asio::awaitable<bool> refuse(HttpParser& parser, Call& call, const api::ApiError& error);
  asio::awaitable<bool> discard_body(HttpParser& parser);
  asio::awaitable<void> hold_back(std::chrono::milliseconds time);
  asio::awaitable<void> respond(Call& call, Admission admission, HttpRequest request, FairPool::Hold bytes);
  asio::awaitable<bool> run_handler(Call& call, const std::shared_ptr<HandlerJob>& job);
  asio::awaitable<bool> run_on_worker(Call& call, const std::shared_ptr<HandlerJob>& job,
                                      const PeerWatch& watch);
  asio::awaitable<bool> await_model(Call& call, std::shared_ptr<ModelWish> wish, const PeerWatch& watch);
  asio::awaitable<void> send_error(Call& call, const Error& error);
  asio::awaitable<void> send_error(Call& call, const Error& error, api::ApiError told);
  asio::awaitable<void> send_response(Call& call, const HttpResponse& response);
  asio::awaitable<void> send_stream(Call& call, std::shared_ptr<ExchangeRun> run,
                                    StreamReader::Options options);
  asio::awaitable<void> pass_frames(Call& call, FrameSource& frames, const PeerWatch& watch);
  asio::awaitable<void> send_job(Call& call, JobStream stream);
  asio::awaitable<void> send_body(Call& call, std::shared_ptr<ExchangeRun> run);
  /// Until `done`, or until the client has disconnected.
  asio::awaitable<void> wait_until(const std::function<bool()>& done, Call& call, const PeerWatch& watch);
  asio::awaitable<bool> write(Call& call, std::string_view bytes);
  PeerWatch watch_peer();
  asio::awaitable<void> end_watch(Call& call, PeerWatch& watch);
  void finish(Call& call);

  class Registration;

  ServerState& server_;
  const Peer peer_;
  const bool on_reserve_;
  const std::shared_ptr<Transport> transport_;
  RequestReader reader_;
  Wakeup news_;
  bool peer_gone_ = false;
  Seat::Phase phase_ = Seat::Phase::kReading;
  SteadyTime phase_began_ = std::chrono::steady_clock::now();
};

}  // namespace hearth::server
