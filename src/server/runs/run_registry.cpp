#include "server/runs/run_registry.h"

#include <vector>

namespace hearth::server {

void RunRegistry::add(const std::shared_ptr<ExchangeRun>& run) {
  const std::scoped_lock lock(mutex_);
  running_[run->id()] = run;
}

void RunRegistry::end(const std::shared_ptr<ExchangeRun>& run) {
  const std::scoped_lock lock(mutex_);
  running_.erase(run->id());
  if (!run->streams()) return;
  ended_[run->id()] = run;
  order_.push_back({run, std::chrono::steady_clock::now(), run->replay_bytes()});
  ended_bytes_ += order_.back().bytes;
  while (ended_bytes_ > limits_.retained_bytes) drop_oldest();
}

void RunRegistry::remove(const ExchangeRun& run) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = running_.find(run.id()); found != running_.end()) running_.erase(found);
}

void RunRegistry::drop_oldest() {
  ended_bytes_ -= order_.front().bytes;
  ended_.erase(order_.front().run->id());
  order_.pop_front();
}

std::shared_ptr<ExchangeRun> RunRegistry::find(std::string_view id) const {
  const std::scoped_lock lock(mutex_);
  for (const auto* runs : {&running_, &ended_}) {
    if (const auto found = runs->find(id); found != runs->end()) return found->second;
  }
  return nullptr;
}

bool RunRegistry::cancel(std::string_view id) {
  std::shared_ptr<ExchangeRun> run;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = running_.find(id); found != running_.end()) run = found->second;
  }
  if (run) run->cancel();
  return run != nullptr;
}

void RunRegistry::cancel_all() {
  const std::scoped_lock lock(mutex_);
  for (const auto& [id, run] : running_) run->cancel();
}

void RunRegistry::cancel_if(const std::function<bool(const ExchangeRun& run)>& condition) {
  const std::scoped_lock lock(mutex_);
  for (const auto& [id, run] : running_) {
    if (condition(*run)) run->cancel();
  }
}

size_t RunRegistry::num_running() const {
  const std::scoped_lock lock(mutex_);
  return running_.size();
}

void RunRegistry::expire(std::chrono::steady_clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  while (!order_.empty() && now - order_.front().at > limits_.retained_time) drop_oldest();
}

}  // namespace hearth::server
