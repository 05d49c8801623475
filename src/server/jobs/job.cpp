#include "server/jobs/job.h"

#include <algorithm>
#include <utility>

namespace hearth::server {

void Job::tell(const api::Json& line) {
  std::string subject = line.value("status", std::string()) + '\n' + line.value("digest", std::string());
  std::string text = api::dump_json(line) + '\n';
  {
    const std::scoped_lock lock(mutex_);
    if (ended_) return;
    if (const auto known = by_subject_.find(subject); known != by_subject_.end()) lines_.erase(known->second);
    lines_.push_back({++num_told_, std::move(text)});
    by_subject_.insert_or_assign(std::move(subject), std::prev(lines_.end()));
  }
  post_news();
}

bool Job::ended() const {
  const std::scoped_lock lock(mutex_);
  return ended_;
}

std::optional<Error> Job::error() const {
  const std::scoped_lock lock(mutex_);
  return error_;
}

void Job::wait_until_ended() const {
  std::unique_lock lock(mutex_);
  ended_news_.wait(lock, [this] { return ended_; });
}

bool Job::try_join() {
  const std::scoped_lock lock(mutex_);
  if (given_up_) return false;
  ++num_interested_;
  return true;
}

void Job::leave() {
  {
    const std::scoped_lock lock(mutex_);
    if (--num_interested_ > 0 || ended_) return;
    given_up_ = true;
  }
  // What is called by it may tell something.
  stop_.request_stop();
}

void Job::stop() {
  {
    const std::scoped_lock lock(mutex_);
    given_up_ = true;
  }
  stop_.request_stop();
}

void Job::end(Status status) {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    if (!status) error_ = std::move(status.error());
  }
  ended_news_.notify_all();
  post_news();
}

void Job::post_news() {
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(news_posted_, true)) return;
  }
  post_home_([job = shared_from_this()] { job->tell_readers(); });
}

void Job::tell_readers() {
  {
    const std::scoped_lock lock(mutex_);
    news_posted_ = false;
  }
  // A reader may leave while it is told.
  const std::vector<JobReader*> readers = readers_;
  for (JobReader* reader : readers) {
    if (std::ranges::find(readers_, reader) != readers_.end()) reader->on_news_();
  }
}

JobReader::JobReader(JobInterestPtr interest, std::function<void()> on_news)
    : interest_(std::move(interest)), on_news_(std::move(on_news)) {
  interest_->job().readers_.push_back(this);
}

JobReader::~JobReader() { std::erase(interest_->job().readers_, this); }

std::string JobReader::take() {
  const Job& job = interest_->job();
  const std::scoped_lock lock(job.mutex_);
  std::string text;
  for (const Job::Line& line : job.lines_) {
    if (line.number >= next_) text += line.text;
  }
  next_ = job.num_told_ + 1;
  return text;
}

bool JobReader::has_lines() const {
  const Job& job = interest_->job();
  const std::scoped_lock lock(job.mutex_);
  return next_ <= job.num_told_;
}

std::string JobReader::last() const {
  const Job& job = interest_->job();
  const std::scoped_lock lock(job.mutex_);
  return job.lines_.empty() ? std::string() : job.lines_.back().text;
}

bool JobReader::at_end() const {
  const Job& job = interest_->job();
  const std::scoped_lock lock(job.mutex_);
  return job.ended_ && next_ > job.num_told_;
}

}  // namespace hearth::server
