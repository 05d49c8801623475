#include "server/runs/exchange_run.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace hearth::server {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Bytes that an event takes in the queue, about.
size_t size_of(const api::ChoiceEvent& event) {
  size_t size = sizeof(event);
  for (const OutputPart& part : event.parts) size += sizeof(part) + part.text.size();
  for (const SampledToken& token : event.tokens) {
    size += sizeof(token) + token.top_logprobs.size() * sizeof(token.top_logprobs[0]);
  }
  return size;
}

Error overrun_error() {
  return {ErrorCode::kOverloaded, "the stream was cut off: it was generated faster than it could be sent",
          "ask for fewer choices or log-probabilities at once"};
}

}  // namespace

ExchangeRun::ExchangeRun(ModelCall call, Caller caller, Options options)
    : model_name_(call.model->name()),
      exchange_(std::move(call.exchange)),
      caller_(std::move(caller)),
      options_(std::move(options)),
      id_(exchange_->id()),
      streams_(exchange_->streams()),
      framing_(exchange_->framing()),
      model_(std::move(call.model)) {}

Result<std::shared_ptr<ExchangeRun>> ExchangeRun::start(ModelCall call, Caller caller, Options options) {
  CHECK(call.model && options.home && options.observer && options.limits);
  auto run =
      std::shared_ptr<ExchangeRun>(new ExchangeRun(std::move(call), std::move(caller), std::move(options)));
  TRY(run->begin());
  return run;
}

Status ExchangeRun::begin() {
  requests_ = exchange_->take_requests();
  CHECK(!requests_.empty());
  const ServedModelPtr model = this->model();
  for (const GenerateRequest& request : requests_) TRY(model->engine().check(request));
  num_open_ = requests_.size();
  most_pending_bytes_ =
      options_.limits->unread_bytes * std::min(requests_.size(), model->engine().max_running());
  figures_.num_choices = requests_.size();
  figures_.started = std::chrono::steady_clock::now();
  last_tokens_.resize(requests_.size());
  append(exchange_->begin());
  options_.observer->on_start(shared_from_this());
  if (const Status submitted = submit_next(); !submitted) {
    options_.observer->on_refused(*this);
    return submitted;
  }
  submit_more();
  bool post = false;
  {
    const std::scoped_lock lock(mutex_);
    begun_ = true;
    post = !std::exchange(pump_posted_, true);
  }
  if (post) post_pump();
  return {};
}

Status ExchangeRun::submit_next() {
  const size_t choice = next_choice_;
  GenerateRequest& request = requests_[choice];
  if (request.tenant.empty()) request.tenant = caller_.tenant();
  if (!request.cache_salt.starts_with(caller_.cache_salt)) {
    request.cache_salt.insert(0, caller_.cache_salt);
  }
  request.on_event = [run = shared_from_this(), choice](const GenerateEvent& event) {
    run->take_event(choice, event);
  };
  const ServedModelPtr model = this->model();
  const RequestId id = TRY(model->engine().submit(std::move(request)));
  ++next_choice_;
  ++num_in_flight_;
  bool cancelled = false;
  {
    const std::scoped_lock lock(mutex_);
    request_ids_.push_back(id);
    cancelled = cancelled_;
  }
  if (cancelled) model->engine().cancel(id);
  return {};
}

void ExchangeRun::submit_more() {
  if (next_choice_ == requests_.size()) return;
  const size_t most_in_flight = model()->engine().max_running();
  while (next_choice_ < requests_.size() && num_in_flight_ < most_in_flight) {
    if (options_.places != nullptr && num_in_flight_ > more_places_.size()) {
      std::optional<FairPool::Hold> place = options_.places->try_take(caller_.tenant(), 1);
      if (!place) return;
      more_places_.push_back(std::move(*place));
    }
    if (const Status submitted = submit_next(); !submitted) {
      end_unsubmitted(next_choice_ + 1, FinishReason::kError, submitted.error());
    }
  }
}

void ExchangeRun::end_unsubmitted(size_t end, FinishReason reason, std::optional<Error> error) {
  GenerateResult result;
  result.reason = reason;
  result.error = std::move(error);
  for (; next_choice_ < end; ++next_choice_) {
    ++num_in_flight_;
    take_event(next_choice_, {.result = &result});
  }
}

void ExchangeRun::cancel() {
  std::vector<RequestId> ids;
  ServedModelPtr model;
  bool post = false;
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(cancelled_, true)) return;
    ids = request_ids_;
    model = model_;
    post = !std::exchange(pump_posted_, true);
  }
  if (model == nullptr) return;  // it has ended
  for (const RequestId id : ids) model->engine().cancel(id);
  // What was not submitted ends with the next pump.
  if (post) post_pump();
}

ServedModelPtr ExchangeRun::model() {
  const std::scoped_lock lock(mutex_);
  return model_;
}

void ExchangeRun::let_go_of_model() {
  ServedModelPtr model;  // goes outside the lock
  const std::scoped_lock lock(mutex_);
  model.swap(model_);
}

void ExchangeRun::take_event(size_t choice, const GenerateEvent& event) {
  api::ChoiceEvent copy{.choice = choice,
                        .parts = {event.parts.begin(), event.parts.end()},
                        .tokens = {event.tokens.begin(), event.tokens.end()},
                        .prompt_logprobs = {event.prompt_logprobs.begin(), event.prompt_logprobs.end()},
                        .result = {}};
  if (event.result != nullptr) copy.result = *event.result;
  bool too_many = false, post = false;
  {
    const std::scoped_lock lock(mutex_);
    pending_bytes_ += size_of(copy);
    pending_.push_back(std::move(copy));
    too_many = pending_bytes_ > most_pending_bytes_;
    overrun_ |= too_many;
    post = !std::exchange(pump_posted_, true);
  }
  if (too_many) cancel();
  if (post) post_pump();
}

void ExchangeRun::post_pump() {
  options_.home->post([run = shared_from_this()] { run->pump(); });
}

void ExchangeRun::pump() {
  std::vector<api::ChoiceEvent> events;
  bool begun = false, cancelled = false, overrun = false;
  {
    const std::scoped_lock lock(mutex_);
    overrun = overrun_;
    events.swap(pending_);
    pending_bytes_ = 0;
    pump_posted_ = false;
    begun = begun_;
    cancelled = cancelled_;
  }
  const SteadyTime now = std::chrono::steady_clock::now();
  const size_t bytes_before = all_bytes_;
  if (overrun) fail(overrun_error(), "stream_lost");
  for (api::ChoiceEvent& event : events) {
    if (event.result) {
      --num_open_;
      ++num_ended_;
    }
    accept(event, now);
  }
  if (begun) go_on(cancelled);
  const bool at_end = begun && num_open_ == 0 && !ended_;
  if (at_end && !failure_ && !framing_.end.empty()) append({{{}, std::string(framing_.end)}});
  largest_burst_ = std::max(largest_burst_, all_bytes_ - bytes_before);
  check_readers();
  if (at_end) {
    ended_ = true;
    options_.ticket.reset();
    // The body of an answer that is not streamed is written when its reader asks for it.
    if (streams_ || readers_.empty()) let_go_of_model();
    options_.observer->on_end(shared_from_this());
  }
  // A reader may leave while it is told.
  const std::vector<StreamReader*> readers = readers_;
  for (StreamReader* reader : readers) {
    if (std::ranges::find(readers_, reader) != readers_.end()) reader->on_news_();
  }
}

void ExchangeRun::go_on(bool cancelled) {
  num_in_flight_ -= std::exchange(num_ended_, 0);
  if (cancelled) {
    end_unsubmitted(requests_.size(), FinishReason::kCancelled, std::nullopt);
  } else {
    submit_more();
  }
  // The first place is the ticket, which is held to the end.
  const size_t num_kept = std::min(more_places_.size(), std::max<size_t>(num_in_flight_, 1) - 1);
  more_places_.erase(more_places_.begin() + std::ptrdiff_t(num_kept), more_places_.end());
}

void ExchangeRun::accept(api::ChoiceEvent& event, SteadyTime now) {
  if (!event.tokens.empty()) {
    if (!figures_.first_token) {
      figures_.first_token = now;
      options_.observer->on_first_token(*this);
    }
    auto& last = last_tokens_[event.choice];
    if (last) options_.observer->on_token_gap(*this, now - *last);
    last = now;
    figures_.last_token = now;
  }
  if (event.result) {
    GenerateResult& result = *event.result;
    if (result.error) result.error = options_.observer->on_error(*this, std::move(*result.error));
    figures_.usage.num_prompt_tokens += result.usage.num_prompt_tokens;
    figures_.usage.num_cached_tokens += result.usage.num_cached_tokens;
    figures_.usage.num_generated_tokens += result.usage.num_generated_tokens;
    figures_.reason = result.reason;
    figures_.queued = std::max(figures_.queued, result.timings.queued);
    figures_.prompt = std::max(figures_.prompt, result.timings.prompt);
    figures_.generate = std::max(figures_.generate, result.timings.generate);
  }
  if (failure_) return;
  try {
    append(exchange_->accept(event));
  } catch (const std::exception& error) {
    fail(options_.observer->on_error(
             *this,
             {ErrorCode::kInternal, fmt::format("the response could not be written: {}", error.what()), {}}),
         {});
  }
}

void ExchangeRun::fail(Error error, std::string_view code) {
  if (failure_) return;
  append({exchange_->error_frame(api::run_error(error, code))});
  failure_ = std::move(error);
  cancel();
}

std::string ExchangeRun::keep_alive() const {
  const auto event = exchange_->dialect().keep_alive();
  return event ? framing_.write(*event) : std::string(framing_.filler);
}

std::string ExchangeRun::error_text(const api::ApiError& error) const {
  return framing_.write(exchange_->error_frame(error));
}

Result<nlohmann::ordered_json> ExchangeRun::body() {
  const std::shared_ptr<void> at_end(nullptr, [this](void*) { let_go_of_model(); });
  if (failure_) return std::unexpected(*failure_);
  return exchange_->body();
}

void ExchangeRun::append(const std::vector<api::StreamFrame>& frames) {
  if (!streams_) return;
  for (const api::StreamFrame& frame : frames) {
    std::string text = framing_.write(frame);
    ++last_frame_id_;
    all_bytes_ += text.size();
    kept_bytes_ += text.size();
    frames_.push_back({last_frame_id_, all_bytes_, std::move(text)});
  }
  trim_frames();
}

void ExchangeRun::trim_frames() {
  if (readers_.empty() && !had_reader_) return;
  uint64_t first_unread = last_frame_id_ + 1;
  for (const StreamReader* reader : readers_) {
    if (!reader->lost_) first_unread = std::min(first_unread, reader->next_id_);
  }
  while (kept_bytes_ > options_.limits->replay_bytes && !frames_.empty() &&
         frames_.front().id < first_unread) {
    kept_bytes_ -= frames_.front().text.size();
    frames_.pop_front();
  }
}

void ExchangeRun::check_readers() {
  if (readers_.empty() || ended_) return;
  // Nobody can have read yet what arrives at once, such as an echoed prompt.
  const size_t most_unread = options_.limits->unread_bytes + largest_burst_;
  bool all_lost = true;
  for (StreamReader* reader : readers_) {
    if (reader->offset_ + most_unread < all_bytes_) reader->lost_ = true;
    all_lost &= reader->lost_;
  }
  if (all_lost && options_.grace.count() == 0 && !options_.detached) cancel();
}

void ExchangeRun::attach(StreamReader* reader) {
  readers_.push_back(reader);
  had_reader_ = true;
}

void ExchangeRun::leave(StreamReader* reader) {
  std::erase(readers_, reader);
  if (!readers_.empty() || ended_ || options_.detached) return;
  if (options_.grace.count() == 0) return cancel();
  options_.home->post_after(options_.grace, [run = shared_from_this(), leaves = ++num_leaves_] {
    if (run->readers_.empty() && run->num_leaves_ == leaves && !run->ended_) run->cancel();
  });
}

StreamReader::StreamReader(std::shared_ptr<ExchangeRun> run, Options options, std::function<void()> on_news)
    : run_(std::move(run)),
      on_news_(std::move(on_news)),
      numbered_(options.numbered),
      next_id_(options.last_event_id + 1) {
  const auto& frames = run_->frames_;
  const uint64_t first_kept = frames.empty() ? run_->last_frame_id_ + 1 : frames.front().id;
  if (next_id_ < first_kept || next_id_ > run_->last_frame_id_ + 1) lost_ = true;
  offset_ = run_->all_bytes_;
  for (const auto& frame : frames) {
    if (frame.id >= next_id_) {
      offset_ = frame.end - frame.text.size();
      break;
    }
  }
  run_->attach(this);
}

StreamReader::~StreamReader() { run_->leave(this); }

std::string StreamReader::take() {
  std::string text;
  const auto& frames = run_->frames_;
  if (lost_ || frames.empty()) return text;
  if (next_id_ < frames.front().id) {
    lost_ = true;
    return text;
  }
  for (size_t i = size_t(next_id_ - frames.front().id); i < frames.size(); ++i) {
    if (numbered_ && run_->framing().write_id != nullptr) text += run_->framing().write_id(frames[i].id);
    text += frames[i].text;
  }
  next_id_ = run_->last_frame_id_ + 1;
  offset_ = run_->all_bytes_;
  return text;
}

bool StreamReader::at_end() const { return lost_ || (run_->ended_ && next_id_ > run_->last_frame_id_); }

}  // namespace hearth::server
