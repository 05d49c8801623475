#include "server/tickets.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace hearth {

std::shared_ptr<void> Tickets::try_take(size_t count) {
  const std::scoped_lock lock(mutex_);
  if (count > capacity_ - std::min(num_taken_, capacity_)) return nullptr;
  num_taken_ += count;
  return std::shared_ptr<void>(this, [this, count, begin = std::chrono::steady_clock::now()](void*) {
    give_back(count, std::chrono::steady_clock::now() - begin);
  });
}

void Tickets::give_back(size_t count, std::chrono::duration<double> held) {
  constexpr double kWeightOfLast = 0.1;
  const std::scoped_lock lock(mutex_);
  num_taken_ -= count;
  mean_held_s_ =
      mean_held_s_ == 0.0 ? held.count() : mean_held_s_ + kWeightOfLast * (held.count() - mean_held_s_);
}

int Tickets::retry_after_s() const {
  const std::scoped_lock lock(mutex_);
  const double next_s = mean_held_s_ / double(std::max<size_t>(num_taken_, 1));
  return int(std::clamp(std::ceil(next_s), 1.0, 600.0));
}

Error Tickets::overloaded() const {
  return {ErrorCode::kOverloaded, fmt::format("all {} places for requests are taken", capacity_),
          "try again a little later"};
}

}  // namespace hearth
