#include "server/models/model_host.h"

#include <utility>

namespace hearth::server {

std::optional<ModelWish::Served> ModelWish::result() const {
  const std::scoped_lock lock(mutex_);
  return result_;
}

void ModelWish::on_ready(std::function<void()> ready) {
  {
    const std::scoped_lock lock(mutex_);
    if (!result_) {
      ready_ = std::move(ready);
      return;
    }
  }
  ready();
}

void ModelWish::grant(Served served) {
  std::function<void()> ready;
  {
    const std::scoped_lock lock(mutex_);
    result_ = std::move(served);
    ready = std::exchange(ready_, nullptr);
  }
  if (ready) ready();
}

std::vector<api::ModelListing> ModelHost::listings() const {
  std::vector<api::ModelListing> listings;
  for (HostedModel& model : list()) listings.push_back(std::move(model.listing));
  return listings;
}

}  // namespace hearth::server
