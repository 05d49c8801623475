#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "api/call/json.h"
#include "base/result.h"

namespace hearth::server {

class JobReader;

/// Has something done by the thread of all connections. Any thread; returns at once.
using PostHome = std::function<void(std::function<void()> task)>;

/// Work on a thread of its own that tells how far it is, a line of JSON at a time, to all who listen. Of
/// lines with one `status` and `digest` the last one counts, so that who listens late or slowly gets few.
/// Thread-safe, but for readers, which belong to the home thread.
class Job : public std::enable_shared_from_this<Job> {
 public:
  explicit Job(PostHome post_home) : post_home_(std::move(post_home)) {}

  /// Any thread. Nothing after the end.
  void tell(const api::Json& line);
  std::stop_token stop_token() const { return stop_.get_token(); }

  bool ended() const;
  /// What it ended with, once it has.
  std::optional<Error> error() const;
  void wait_until_ended() const;

 private:
  friend class JobInterest;
  friend class JobReader;
  friend class JobRegistry;

  struct Line {
    uint64_t number;
    std::string text;
  };

  /// False where it has been given up.
  bool try_join();
  void leave();
  void stop();
  void end(Status status);
  void post_news();
  void tell_readers();

  const PostHome post_home_;
  std::stop_source stop_;

  mutable std::mutex mutex_;
  mutable std::condition_variable ended_news_;
  std::list<Line> lines_;                                                     ///< guarded by mutex_
  std::map<std::string, std::list<Line>::iterator, std::less<>> by_subject_;  ///< guarded by mutex_
  uint64_t num_told_ = 0;                                                     ///< guarded by mutex_
  size_t num_interested_ = 0;                                                 ///< guarded by mutex_
  bool given_up_ = false;                                                     ///< guarded by mutex_
  bool ended_ = false;                                                        ///< guarded by mutex_
  bool news_posted_ = false;                                                  ///< guarded by mutex_
  std::optional<Error> error_;                                                ///< guarded by mutex_

  std::vector<JobReader*> readers_;  ///< of the home thread
};

/// Somebody who wants a job's result. When the last one lets go before the end, it is stopped.
class JobInterest {
 public:
  explicit JobInterest(std::shared_ptr<Job> job) : job_(std::move(job)) {}
  ~JobInterest() { job_->leave(); }
  JobInterest(const JobInterest&) = delete;
  JobInterest& operator=(const JobInterest&) = delete;

  Job& job() const { return *job_; }

 private:
  const std::shared_ptr<Job> job_;
};

using JobInterestPtr = std::shared_ptr<JobInterest>;

/// Reads the lines of a job. For the home thread.
class JobReader {
 public:
  /// `on_news` must not destroy the reader.
  JobReader(JobInterestPtr interest, std::function<void()> on_news);
  ~JobReader();
  JobReader(const JobReader&) = delete;
  JobReader& operator=(const JobReader&) = delete;

  /// The lines since the last call, each with its end.
  std::string take();
  bool has_lines() const;
  /// The last line, whether or not it was taken; empty: none.
  std::string last() const;
  /// There are no further lines.
  bool at_end() const;
  std::optional<Error> error() const { return interest_->job().error(); }
  bool ended() const { return interest_->job().ended(); }

 private:
  friend class Job;

  const JobInterestPtr interest_;
  const std::function<void()> on_news_;
  uint64_t next_ = 1;
};

}  // namespace hearth::server
