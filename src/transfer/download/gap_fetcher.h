#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transfer/download/location.h"
#include "transfer/download/partial_file.h"

namespace hearth::transfer {

struct DownloadOptions {
  int num_connections = 4;
  /// What one request is for. What a killed process loses is at most one for each connection.
  uint64_t min_chunk = uint64_t(16) << 20, max_chunk = uint64_t(64) << 20;
};

/// Fetches what a partial file lacks, by several connections at once. A connection that has nothing left to
/// do takes half of what the slowest one still has before it. For one file, once.
class GapFetcher {
 public:
  struct Task {
    std::string name;  ///< for messages
    uint64_t num_bytes = 0;
    Locate locate;
    std::string validator = {};  ///< an ETag that every part must be of; empty: the digest will tell
  };
  using OnProgress = std::function<void(uint64_t num_bytes)>;

  GapFetcher(Task task, const DownloadOptions& options, HttpClient& client, HttpLoop& loop, PartialFile& file,
             OnProgress on_progress);
  ~GapFetcher();
  GapFetcher(const GapFetcher&) = delete;
  GapFetcher& operator=(const GapFetcher&) = delete;

  /// Errors: kCorruptData where the server has another file than the task says, kIo, kNoSpace, kCancelled, or
  /// the server's. What was fetched stays.
  Status run();
  /// Whether the error of `run` is that the file has changed on the server.
  bool has_changed() const { return changed_; }
  /// A remark on what the server did, for the error of a file that is wrong; may be empty.
  const std::string& remark() const { return remark_; }

 private:
  /// What an answer that is not the wanted one means.
  enum class Verdict : uint8_t { kNone, kAgain, kElsewhere, kWhole, kChanged };
  struct Slot {
    std::unique_ptr<HttpExchange> exchange = {};  ///< null: idle
    HttpRequest request = {};
    uint64_t begin = 0, at = 0, end = 0;
    uint64_t asked_end = 0;  ///< what the request says: others may have taken the rest
    uint64_t num_new = 0;    ///< bytes that were not there before
    Verdict verdict = Verdict::kNone;
    std::optional<std::chrono::milliseconds> retry_after = {};
    bool write_failed = false;
    int num_failures = 0;  ///< in a row
    bool retired = false;
    std::chrono::steady_clock::time_point not_before = {};
  };
  using Range = std::pair<uint64_t, uint64_t>;

  Status find_location();
  void plan();
  Status start_idle();
  std::chrono::milliseconds step_time() const;
  std::optional<Range> next_range();
  std::optional<Range> steal();
  Status start(Slot& slot, Range range);
  Status check_head(Slot& slot, const HttpHead& head);
  Status check_range(Slot& slot, const HttpHead& head);
  Result<bool> take(Slot& slot, std::string_view bytes);
  Status finished(Slot& slot, const std::optional<HttpFailure>& failure);
  Status recover(Slot& slot, const HttpFailure& failure);
  Status go_whole();
  Status stop_all();
  Slot* slot_of(const HttpExchange* exchange);
  bool others_work(const Slot& slot) const;

  const Task task_;
  const DownloadOptions& options_;
  HttpClient& client_;
  HttpLoop& loop_;
  PartialFile& file_;
  const OnProgress on_progress_;
  Location location_;
  std::deque<Range> todo_;
  std::vector<std::unique_ptr<Slot>> slots_;
  bool whole_ = false;  ///< the server gives no parts
  bool changed_ = false;
  int num_whole_answers_ = 0;
  std::string first_etag_, remark_;
};

}  // namespace hearth::transfer
