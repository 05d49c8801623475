#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/call/exchange.h"
#include "server/access/fair_pool.h"
#include "server/http/limits.h"
#include "server/observe/exchange_figures.h"
#include "server/runs/home_thread.h"
#include "server/runs/services.h"

namespace hearth::server {

class StreamReader;

/// An exchange while the engine runs it, and for a while after: submits its requests, passes events from the
/// engine's thread to the home thread, and keeps the frames of a stream for its readers. Requests beyond what
/// the engine runs at once, or beyond the free places, are submitted later. The engine's thread never waits:
/// a run whose events or frames are not consumed in time is cancelled.
class ExchangeRun : public std::enable_shared_from_this<ExchangeRun> {
 public:
  /// Callbacks on the home thread, but for `on_start` and `on_refused`.
  struct Observer {
    virtual ~Observer() = default;
    /// Before anything is submitted, by the thread that starts it.
    virtual void on_start(const std::shared_ptr<ExchangeRun>& run) = 0;
    /// Instead of on_end, where the engine refused its first request: by the thread that starts it.
    virtual void on_refused(const ExchangeRun& run) = 0;
    /// Of a failed request: the error that its client may see.
    virtual Error on_error(const ExchangeRun& run, Error error) = 0;
    virtual void on_first_token(const ExchangeRun& run) = 0;
    virtual void on_token_gap(const ExchangeRun& run, std::chrono::nanoseconds gap) = 0;
    virtual void on_end(const std::shared_ptr<ExchangeRun>& run) = 0;
  };
  struct Options {
    HomeThread* home = nullptr;
    Observer* observer = nullptr;
    const ServerLimits* limits = nullptr;
    FairPool* places = nullptr;              ///< one is taken for each concurrent request after the first
    std::chrono::milliseconds grace{0};      ///< how long it may run without a reader
    bool detached = false;                   ///< it needs no reader
    std::shared_ptr<void> ticket = nullptr;  ///< held until it ends
  };

  /// Any thread. Errors: those of the engine about any of its requests; then nothing runs.
  static Result<std::shared_ptr<ExchangeRun>> start(ModelCall call, Caller caller, Options options);

  const std::string& id() const { return id_; }
  const Caller& caller() const { return caller_; }
  const std::string& model_name() const { return model_name_; }
  bool streams() const { return streams_; }
  const api::StreamFraming& framing() const { return framing_; }
  std::vector<std::string> notes() const { return exchange_->notes(); }
  /// Any thread.
  void cancel();

  // On the home thread only.

  bool ended() const { return ended_; }
  const ExchangeFigures& figures() const { return figures_; }
  /// The complete response body, once it has ended. Called once, by a reader.
  Result<nlohmann::ordered_json> body();
  size_t replay_bytes() const { return kept_bytes_; }
  /// What a silent stream sends so that proxies and clients keep it open; clients ignore it.
  std::string keep_alive() const;
  /// The bytes of an error that ends a stream.
  std::string error_text(const api::ApiError& error) const;

 private:
  friend class StreamReader;

  struct Frame {
    uint64_t id;
    size_t end;        ///< bytes of all frames up to and with this one
    std::string text;  ///< without the id
  };

  ExchangeRun(ModelCall call, Caller caller, Options options);
  Status begin();
  Status submit_next();
  void submit_more();
  void end_unsubmitted(size_t end, FinishReason reason, std::optional<Error> error);
  void take_event(size_t choice, const GenerateEvent& event);
  void post_pump();
  void pump();
  void go_on(bool cancelled);
  void accept(api::ChoiceEvent& event, std::chrono::steady_clock::time_point now);
  /// Ends the run with an error, for present and later readers; further events are dropped.
  void fail(Error error, std::string_view code);
  void append(const std::vector<api::StreamFrame>& frames);
  ServedModelPtr model();
  void let_go_of_model();
  void attach(StreamReader* reader);
  void leave(StreamReader* reader);
  void trim_frames();
  void check_readers();

  const std::string model_name_;
  const std::unique_ptr<api::Exchange> exchange_;
  const Caller caller_;
  Options options_;
  const std::string id_;
  const bool streams_;
  const api::StreamFraming& framing_;

  size_t most_pending_bytes_ = 0;

  // Belong to the thread that begins, then to the home thread.
  std::vector<GenerateRequest> requests_;
  size_t next_choice_ = 0;                   ///< the first that was not submitted
  size_t num_in_flight_ = 0;                 ///< submitted, and not ended as far as go_on has seen
  std::vector<FairPool::Hold> more_places_;  ///< of what runs beside the first

  std::mutex mutex_;
  /// Guarded by mutex_. Given back on the home thread when the run needs it no more, which may be long before
  /// the run goes: a stream is kept for those who come back.
  ServedModelPtr model_;
  std::vector<RequestId> request_ids_;     ///< guarded by mutex_
  std::vector<api::ChoiceEvent> pending_;  ///< guarded by mutex_
  size_t pending_bytes_ = 0;               ///< guarded by mutex_
  bool pump_posted_ = false;               ///< guarded by mutex_
  bool overrun_ = false;                   ///< guarded by mutex_: it was cancelled for what nobody fetched
  bool cancelled_ = false;                 ///< guarded by mutex_
  bool begun_ = false;                     ///< guarded by mutex_: the home thread has it now

  size_t num_open_ = 0;   ///< choices that have not ended
  size_t num_ended_ = 0;  ///< that have since go_on last looked
  bool ended_ = false;
  std::optional<Error> failure_;  ///< what ended it before its events did
  ExchangeFigures figures_;
  std::vector<std::optional<std::chrono::steady_clock::time_point>> last_tokens_;  ///< of each choice
  std::deque<Frame> frames_;
  uint64_t last_frame_id_ = 0;
  size_t all_bytes_ = 0, kept_bytes_ = 0;
  size_t largest_burst_ = 0;  ///< bytes of frames from one pump
  std::vector<StreamReader*> readers_;
  bool had_reader_ = false;
  uint64_t num_leaves_ = 0;
};

/// A reader of a run's frames, or of its end. For the home thread. A run whose last reader leaves before the
/// end is cancelled, at once or after its grace.
class StreamReader {
 public:
  struct Options {
    uint64_t last_event_id = 0;  ///< it starts after this frame
    bool numbered = false;       ///< each frame tells its id, for those who may come back
  };
  /// `on_news` must not destroy the reader.
  StreamReader(std::shared_ptr<ExchangeRun> run, Options options, std::function<void()> on_news);
  ~StreamReader();
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;

  ExchangeRun& run() const { return *run_; }
  /// The frames since the last call, as bytes.
  std::string take();
  /// There are no further frames.
  bool at_end() const;
  /// It missed frames: it was too slow, or came too late.
  bool lost() const { return lost_; }

 private:
  friend class ExchangeRun;

  const std::shared_ptr<ExchangeRun> run_;
  const std::function<void()> on_news_;
  const bool numbered_;
  uint64_t next_id_;
  size_t offset_ = 0;  ///< bytes of all frames before next_id_
  bool lost_ = false;
};

}  // namespace hearth::server
