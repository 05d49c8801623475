#include "transfer/download/gap_fetcher.h"

#include <algorithm>

#include "base/printable.h"

namespace hearth::transfer {
namespace {

constexpr std::chrono::milliseconds kStep{50};
/// An attempt that brought this much was no failure.
constexpr uint64_t kProgress = uint64_t(64) << 10;
/// Range requests that may be answered with the whole file before none is made any more.
constexpr int kMaxWholeAnswers = 2;

}  // namespace

GapFetcher::GapFetcher(Task task, const DownloadOptions& options, HttpClient& client, HttpLoop& loop,
                       PartialFile& file, OnProgress on_progress)
    : task_(std::move(task)),
      options_(options),
      client_(client),
      loop_(loop),
      file_(file),
      on_progress_(std::move(on_progress)) {}

GapFetcher::~GapFetcher() { (void)stop_all(); }

Status GapFetcher::run() {
  TRY(find_location());
  plan();
  while (!file_.is_whole()) {
    if (client_.stop().stop_requested()) {
      TRY(stop_all());
      return fail(ErrorCode::kCancelled, "the transfer was stopped");
    }
    TRY(start_idle());
    for (const HttpLoop::Finished& over : loop_.step(step_time())) {
      // Another of them may have ended them all.
      Slot* slot = slot_of(over.exchange);
      if (slot == nullptr) continue;
      if (const Status taken = finished(*slot, over.failure); !taken) {
        TRY(stop_all());
        return taken;
      }
    }
    on_progress_(file_.size());
  }
  return stop_all();
}

Status GapFetcher::find_location() {
  location_ = TRY(task_.locate());
  if (location_.num_bytes && *location_.num_bytes != task_.num_bytes) {
    return fail_hint(ErrorCode::kCorruptData, "the file was replaced: try again for what is there now",
                     "{}: the server has {} bytes, but {} are expected", task_.name, *location_.num_bytes,
                     task_.num_bytes);
  }
  if (!task_.validator.empty() && location_.etag != task_.validator) {
    changed_ = true;
    return fail(ErrorCode::kCorruptData, "{} changed on the server while it was fetched (ETag {}, before {})",
                task_.name, hearth::quoted(location_.etag), hearth::quoted(task_.validator));
  }
  whole_ = !location_.has_ranges;
  if (first_etag_.empty()) first_etag_ = location_.etag;
  return {};
}

void GapFetcher::plan() {
  const auto connections = uint64_t(std::max(1, options_.num_connections));
  const uint64_t chunk = std::max<uint64_t>(
      1, std::clamp(task_.num_bytes / (4 * connections), options_.min_chunk, options_.max_chunk));
  todo_.clear();
  if (whole_) {
    todo_.emplace_back(0, task_.num_bytes);
  } else {
    for (const auto& [begin, end] : file_.gaps()) {
      for (uint64_t at = begin; at < end; at += chunk) todo_.emplace_back(at, std::min(end, at + chunk));
    }
  }
  while (slots_.size() < (whole_ ? 1 : connections)) slots_.push_back(std::make_unique<Slot>());
}

Status GapFetcher::start_idle() {
  const auto now = std::chrono::steady_clock::now();
  for (const auto& slot : slots_) {
    if (slot->exchange || slot->retired || now < slot->not_before) continue;
    const std::optional<Range> range = next_range();
    if (!range) return {};
    TRY(start(*slot, *range));
  }
  return {};
}

/// Until somebody must look again: a connection may be about to try again.
std::chrono::milliseconds GapFetcher::step_time() const {
  std::chrono::milliseconds time = kStep;
  const auto now = std::chrono::steady_clock::now();
  for (const auto& slot : slots_) {
    if (slot->exchange || slot->retired || slot->not_before <= now) continue;
    time = std::min(time, std::chrono::ceil<std::chrono::milliseconds>(slot->not_before - now));
  }
  return time;
}

std::optional<GapFetcher::Range> GapFetcher::next_range() {
  if (todo_.empty()) return steal();
  const Range range = todo_.front();
  todo_.pop_front();
  return range;
}

std::optional<GapFetcher::Range> GapFetcher::steal() {
  if (whole_) return std::nullopt;
  Slot* slowest = nullptr;
  for (const auto& slot : slots_) {
    if (!slot->exchange) continue;
    if (slowest == nullptr || slot->end - slot->at > slowest->end - slowest->at) slowest = slot.get();
  }
  const uint64_t least = std::max<uint64_t>(1, options_.min_chunk / 8);
  if (slowest == nullptr || slowest->end - slowest->at < 2 * least) return std::nullopt;
  const uint64_t middle = slowest->at + (slowest->end - slowest->at) / 2;
  const Range half{middle, slowest->end};
  slowest->end = middle;
  return half;
}

Status GapFetcher::start(Slot& slot, Range range) {
  slot.begin = slot.at = range.first;
  slot.end = slot.asked_end = range.second;
  slot.num_new = 0;
  slot.verdict = Verdict::kNone;
  slot.retry_after.reset();
  slot.request = {.url = location_.url, .authorization = location_.authorization};
  if (!whole_) {
    slot.request.headers.push_back(fmt::format("Range: bytes={}-{}", slot.begin, slot.end - 1));
    if (!task_.validator.empty()) slot.request.headers.push_back("If-Range: " + task_.validator);
  }
  slot.exchange = TRY(HttpExchange::create(
      slot.request, client_.options(), loop_.limit(),
      [this, &slot](const HttpHead& head) { return check_head(slot, head); },
      [this, &slot](std::string_view bytes) { return take(slot, bytes); }));
  return loop_.add(*slot.exchange);
}

Status GapFetcher::check_head(Slot& slot, const HttpHead& head) {
  const auto refuse = [&](Verdict verdict, std::string message) -> Status {
    slot.verdict = verdict;
    return std::unexpected(Error{ErrorCode::kCorruptData, std::move(message), {}});
  };
  if (const std::string etag(head.find("etag")); head.status / 100 == 2 && !etag.empty()) {
    if (!task_.validator.empty() && etag != task_.validator) {
      return refuse(Verdict::kChanged,
                    fmt::format("{} changed on the server while it was fetched (ETag {}, before {})",
                                task_.name, hearth::quoted(etag), hearth::quoted(task_.validator)));
    }
    if (!first_etag_.empty() && etag != first_etag_) remark_ = "its ETag changed while it was fetched";
  }
  if (head.status == 206 && !whole_) return check_range(slot, head);
  if (head.status == 200) {
    const bool is_all = slot.begin == 0 && slot.end == task_.num_bytes;
    const std::string_view length = head.find("content-length");
    if (!length.empty() && length != std::to_string(task_.num_bytes)) {
      return refuse(Verdict::kElsewhere, fmt::format("{}: the server sends {} bytes, but {} are expected",
                                                     task_.name, length, task_.num_bytes));
    }
    if (is_all) return {};
    return refuse(Verdict::kWhole,
                  fmt::format("{}: the server sends the whole file where a part was asked for", task_.name));
  }
  if (head.status == 416) {
    return refuse(Verdict::kElsewhere,
                  fmt::format("{}: the server says that there are no bytes {} to {} ({})", task_.name,
                              slot.begin, slot.end - 1, hearth::quoted(head.find("content-range"))));
  }
  HttpFailure failure = status_failure(head, task_.name);
  slot.verdict = failure.is_transient ? Verdict::kAgain : Verdict::kElsewhere;
  slot.retry_after = failure.retry_after;
  return std::unexpected(std::move(failure.error));
}

Status GapFetcher::check_range(Slot& slot, const HttpHead& head) {
  const std::string_view value = head.find("content-range");
  const auto range = parse_content_range(value);
  const bool is_asked = range && range->begin == slot.begin && range->end <= std::max(slot.end, range->begin);
  const bool is_long = range && range->begin == slot.begin && range->end > slot.end;
  slot.verdict = Verdict::kElsewhere;
  if (!is_asked && !is_long) {
    return fail(ErrorCode::kCorruptData, "{}: the server sends another part than was asked for ({})",
                task_.name, hearth::quoted(value));
  }
  if (range->total && *range->total != task_.num_bytes) {
    return fail(ErrorCode::kCorruptData, "{}: the server has {} bytes, but {} are expected", task_.name,
                *range->total, task_.num_bytes);
  }
  slot.verdict = Verdict::kNone;
  return {};
}

Result<bool> GapFetcher::take(Slot& slot, std::string_view bytes) {
  if (slot.at == slot.end) return false;
  bytes = bytes.substr(0, size_t(std::min<uint64_t>(bytes.size(), slot.end - slot.at)));
  // A server that gives no parts sends again what is there already.
  const uint64_t known =
      whole_ ? std::clamp(file_.prefix_end(), slot.at, slot.at + bytes.size()) - slot.at : 0;
  bytes.remove_prefix(size_t(known));
  slot.at += known;
  if (const Status written = file_.write(slot.at, bytes); !written) {
    slot.write_failed = true;
    return std::unexpected(written.error());
  }
  slot.at += bytes.size();
  slot.num_new += bytes.size();
  // An answer that is read to its end leaves the connection for the next request.
  return slot.at < slot.end || slot.end == slot.asked_end;
}

Status GapFetcher::finished(Slot& slot, const std::optional<HttpFailure>& failure) {
  slot.exchange.reset();
  TRY(file_.commit(slot.begin, slot.at));
  const bool progressed = slot.num_new > 0 && slot.num_new >= std::min(kProgress, slot.end - slot.begin);
  if (progressed) slot.num_failures = 0;
  if (slot.at < slot.end) {
    if (whole_) {
      todo_.emplace_front(0, task_.num_bytes);
    } else {
      todo_.emplace_front(slot.at, slot.end);
    }
  }
  if (failure) return recover(slot, *failure);
  if (slot.at == slot.end) return {};
  return recover(slot,
                 {.error = {ErrorCode::kIo,
                            fmt::format("{}: the server sends fewer bytes than were asked for", task_.name),
                            {}},
                  .is_transient = true});
}

Status GapFetcher::recover(Slot& slot, const HttpFailure& failure) {
  if (slot.write_failed) return std::unexpected(failure.error);
  HttpFailure cause = failure;
  if (slot.retry_after) cause.retry_after = slot.retry_after;
  if (slot.verdict == Verdict::kNone && !cause.is_transient) return std::unexpected(cause.error);
  if (slot.verdict == Verdict::kChanged) {
    changed_ = true;
    return std::unexpected(cause.error);
  }
  ++slot.num_failures;
  // Some servers want fewer connections.
  const bool is_crowded = cause.error.code == ErrorCode::kOverloaded;
  const bool gives_up = slot.num_failures >= client_.options().num_attempts;
  if ((is_crowded || gives_up) && others_work(slot)) {
    slot.retired = true;
    return {};
  }
  if (gives_up) return std::unexpected(cause.error);
  if (slot.verdict == Verdict::kWhole && ++num_whole_answers_ >= kMaxWholeAnswers) return go_whole();
  // An address that has expired is no sign of a server in trouble.
  const bool at_once = slot.verdict == Verdict::kElsewhere && slot.num_failures == 1;
  const auto pause = at_once ? std::chrono::milliseconds(0) : TRY(client_.backoff(cause, slot.num_failures));
  slot.not_before = std::chrono::steady_clock::now() + pause;
  if (slot.verdict == Verdict::kElsewhere) TRY(find_location());
  return {};
}

Status GapFetcher::go_whole() {
  TRY(stop_all());
  whole_ = true;
  slots_.clear();
  plan();
  return {};
}

Status GapFetcher::stop_all() {
  Status committed;
  for (const auto& slot : slots_) {
    if (!slot->exchange) continue;
    loop_.remove(*slot->exchange);
    slot->exchange.reset();
    if (committed) committed = file_.commit(slot->begin, slot->at);
  }
  return committed;
}

GapFetcher::Slot* GapFetcher::slot_of(const HttpExchange* exchange) {
  const auto found =
      std::ranges::find_if(slots_, [&](const auto& slot) { return slot->exchange.get() == exchange; });
  return found == slots_.end() ? nullptr : found->get();
}

bool GapFetcher::others_work(const Slot& slot) const {
  return std::ranges::any_of(slots_, [&](const auto& other) {
    return other.get() != &slot && !other->retired && other->num_failures < client_.options().num_attempts &&
           other->exchange != nullptr && other->at > other->begin;
  });
}

}  // namespace hearth::transfer
