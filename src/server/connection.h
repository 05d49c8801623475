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
#include "server/request_record.h"
#include "server/transport.h"

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
    bool chunked = true;  ///< the client understands a chunked answer
    HeaderList headers;   ///< of the answer
  };

  asio::awaitable<bool> await_request();
  asio::awaitable<bool> serve_request();
  /// False: closed.
  asio::awaitable<std::expected<bool, Refusal>> read_head(HttpParser& parser);
  asio::awaitable<std::expected<bool, Refusal>> read_body(HttpParser& parser);
  asio::awaitable<bool> refuse(HttpParser& parser, Call& call, const Refusal& refusal);
  asio::awaitable<bool> discard_body(HttpParser& parser);
  asio::awaitable<void> answer(Call& call, Admission admission, HttpRequest request);
  asio::awaitable<std::expected<Started, Refusal>> handle(const Call& call, Admission& admission,
                                                          const HttpRequest& request);
  asio::awaitable<void> send_reply(Call& call, const HttpReply& reply);
  asio::awaitable<void> send_stream(Call& call, std::shared_ptr<ExchangeRun> run, uint64_t last_event_id);
  asio::awaitable<void> pass_frames(Call& call, StreamReader& reader);
  asio::awaitable<void> send_body(Call& call, std::shared_ptr<ExchangeRun> run);
  asio::awaitable<bool> write(Call& call, std::string_view bytes);
  void finish(Call& call);

  class Registration;
  struct Watch;
  std::shared_ptr<Watch> start_watch();
  asio::awaitable<void> watch_peer(std::shared_ptr<Watch> watch);
  asio::awaitable<void> stop_watch(std::shared_ptr<Watch> watch);

  void signal();
  /// False: nobody signalled in that time.
  asio::awaitable<bool> wait_signal(SteadyTime deadline);

  ServerState& server_;
  const std::string address_;
  const std::shared_ptr<Transport> transport_;
  asio::steady_timer wake_;
  bool signalled_ = false;
  bool peer_gone_ = false;
  bool is_idle_ = false;
  std::string in_;  ///< read, but not yet used
};

}  // namespace hearth
