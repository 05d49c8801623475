#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/exchange_run.h"
#include "server/gate.h"
#include "server/http_parser.h"
#include "server/http_writer.h"
#include "server/peer_watch.h"
#include "server/request_reader.h"
#include "server/request_record.h"
#include "server/transport.h"
#include "server/wakeup.h"

namespace hearth {

struct ServerState;

/// One client's connection: reads requests one after the other, answers each before it reads the next. While
/// the model makes an answer it watches for the other side to leave. For the thread of the server's
/// io_context.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(ServerState& server, tcp::socket socket, std::string address);

  asio::awaitable<void> run();
  /// Closes it now if it waits for a request, else after the answer that is under way.
  void drain();
  /// Closes it now; what it waits for is cancelled.
  void abort();

 private:
  /// What a handler's outcome has become.
  using Started = std::variant<HttpReply, std::shared_ptr<ExchangeRun>, StreamResume>;
  /// A request under way.
  struct Call {
    RequestRecord record;
    Dialect dialect = Dialect::kOpenAi;
    bool keep_alive = false;
    bool head_only = false;
    bool chunked = true;   ///< the client understands a chunked answer
    HeaderList headers;    ///< of the answer
    size_t num_begun = 0;  ///< bytes of the answer that have been written ahead of it
  };

  asio::awaitable<bool> await_request();
  asio::awaitable<bool> serve_request();
  asio::awaitable<bool> refuse(HttpParser& parser, Call& call, const Refusal& refusal);
  Refusal refuse_for(const Error& error, const Call& call) const;
  asio::awaitable<bool> discard_body(HttpParser& parser);
  asio::awaitable<void> answer(Call& call, Admission admission, HttpRequest request);
  asio::awaitable<std::expected<Started, Refusal>> handle(const Call& call, Admission& admission,
                                                          const HttpRequest& request);
  asio::awaitable<void> send_reply(Call& call, const HttpReply& reply);
  asio::awaitable<void> send_stream(Call& call, std::shared_ptr<ExchangeRun> run, uint64_t last_event_id);
  asio::awaitable<void> pass_frames(Call& call, StreamReader& reader, const PeerWatch& watch);
  asio::awaitable<void> send_body(Call& call, std::shared_ptr<ExchangeRun> run);
  asio::awaitable<void> wait_for_end(Call& call, const ExchangeRun& run, const PeerWatch& watch);
  asio::awaitable<bool> write(Call& call, std::string_view bytes);
  PeerWatch watch_peer();
  asio::awaitable<void> end_watch(Call& call, PeerWatch& watch);
  void finish(Call& call);

  class Registration;

  ServerState& server_;
  const std::string address_;
  const std::shared_ptr<Transport> transport_;
  RequestReader reader_;
  Wakeup news_;
  bool peer_gone_ = false;
  bool is_idle_ = false;
};

}  // namespace hearth
