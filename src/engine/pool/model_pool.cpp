#include "engine/pool/model_pool.h"

#include <algorithm>
#include <future>
#include <utility>

#include "base/check.h"
#include "engine/memory/system_memory.h"

namespace hearth {

ModelLease::~ModelLease() {
  if (pool_ != nullptr) pool_->give_back(*model_);
}

Result<std::unique_ptr<ModelPool>> ModelPool::create(ModelPoolOptions options) {
  std::unique_ptr<ModelPool> pool(new ModelPool(std::move(options)));
  pool->compute_ = TRY(Compute::create(pool->options_.compute, pool->options_.log));
  pool->loader_ = TRY(start_thread([raw = pool.get()] { raw->run(); }));
  return pool;
}

ModelPool::~ModelPool() {
  if (!loader_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  loader_.join();
  for (Load& load : loads_) {
    for (Ready& ready : load.waiting) ready(fail(ErrorCode::kCancelled, "the models are being unloaded"));
  }
  CHECK(std::ranges::all_of(places_, [](const auto& place) { return place->num_leases == 0; }));
}

void ModelPool::acquire(const ModelOptions& options, Ready ready) {
  std::unique_lock lock(mutex_);
  const auto loaded = std::ranges::find(places_, options, [](const auto& place) { return place->options; });
  if (loaded != places_.end()) {
    ModelLease taken = lease(**loaded);
    lock.unlock();
    return ready(std::move(taken));
  }
  const auto same = std::ranges::find(loads_, options, &Load::options);
  if (same != loads_.end()) {
    same->waiting.push_back(std::move(ready));
    return;
  }
  Load& load = loads_.emplace_back();
  load.options = options;
  load.waiting.push_back(std::move(ready));
  changed_.notify_all();
}

Result<ModelLease> ModelPool::acquire(const ModelOptions& options) {
  std::promise<Result<ModelLease>> promise;
  acquire(options, [&](Result<ModelLease> lease) { promise.set_value(std::move(lease)); });
  return promise.get_future().get();
}

/// Under the lock.
ModelLease ModelPool::lease(Place& place) {
  ++place.num_leases;
  return {this, place.model.get()};
}

void ModelPool::give_back(const LoadedModel& model) {
  const std::scoped_lock lock(mutex_);
  const auto place = std::ranges::find(places_, &model, [](const auto& entry) { return entry->model.get(); });
  CHECK(place != places_.end() && (*place)->num_leases > 0);
  (*place)->last_used = options_.clock();
  --(*place)->num_leases;
  std::rotate(place, place + 1, places_.end());
  changed_.notify_all();
}

std::unique_ptr<ModelPool::Place> ModelPool::take_idle(const std::unique_lock<std::mutex>&) {
  const auto idle =
      std::ranges::find(places_, size_t(0), [](const auto& place) { return place->num_leases; });
  if (idle == places_.end()) return nullptr;
  std::unique_ptr<Place> taken = std::move(*idle);
  places_.erase(idle);
  return taken;
}

size_t ModelPool::unload_idle(std::chrono::nanoseconds idle) {
  Places going;
  {
    const std::scoped_lock lock(mutex_);
    const auto now = options_.clock();
    std::erase_if(places_, [&](std::unique_ptr<Place>& place) {
      if (place->num_leases > 0 || now - place->last_used < idle) return false;
      going.push_back(std::move(place));
      return true;
    });
  }
  return going.size();  // they go outside the lock: an engine's end may take seconds
}

std::vector<ModelPool::Entry> ModelPool::loaded() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Entry> entries;
  for (const auto& place : places_) entries.push_back(*place);
  return entries;
}

std::optional<size_t> ModelPool::left(const std::unique_lock<std::mutex>&) const {
  if (!options_.budget) return available_memory();
  size_t taken = 0;
  for (const auto& place : places_) taken += place->num_bytes;
  return *options_.budget - std::min(*options_.budget, taken) + kMemoryReserve;
}

void ModelPool::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !loads_.empty(); });
    if (stopping_) return;
    const ModelOptions wanted = loads_.front().options;
    lock.unlock();
    Result<std::unique_ptr<Place>> place = load(wanted);
    lock.lock();
    if (stopping_) return;
    const std::vector<Ready> waiting = std::move(loads_.front().waiting);
    loads_.pop_front();
    std::vector<ModelLease> leases;
    if (place) {
      for (size_t i = 0; i < waiting.size(); ++i) leases.push_back(lease(**place));
      places_.push_back(std::move(*place));
    }
    lock.unlock();
    for (size_t i = 0; i < waiting.size(); ++i) {
      if (place) {
        waiting[i](std::move(leases[i]));
      } else {
        waiting[i](std::unexpected(place.error()));
      }
    }
    lock.lock();
  }
}

/// On the loader's thread.
Result<std::unique_ptr<ModelPool::Place>> ModelPool::load(const ModelOptions& options) {
  std::optional<Result<OpenedModel>> opened;
  while (!opened) opened = open_in_what_is_left(options);
  if (!*opened) return std::unexpected(opened->error());
  auto place = std::make_unique<Place>();
  place->options = options;
  place->num_bytes = (*opened)->plan.total_bytes();
  place->last_used = options_.clock();
  place->model = TRY(LoadedModel::load(std::move(**opened), *compute_, options_.prefixes, options_.log));
  return place;
}

/// Nothing where it is to be tried again, as another model was evicted.
std::optional<Result<OpenedModel>> ModelPool::open_in_what_is_left(const ModelOptions& options) {
  std::unique_lock lock(mutex_);
  const bool has_place = options_.max_models == 0 || places_.size() < options_.max_models;
  const std::optional<size_t> available = left(lock);
  lock.unlock();
  Result<OpenedModel> opened = open_model(options, *compute_, available, options_.log);
  const bool lacks_memory = !opened && opened.error().code == ErrorCode::kResourceLimit;
  const bool fits = opened && !opened->plan.reduced;
  if ((has_place && fits) || (!opened && !lacks_memory)) return opened;

  lock.lock();
  if (std::unique_ptr<Place> idle = take_idle(lock)) {
    lock.unlock();
    return std::nullopt;
  }
  // A smaller context than the model's own beside models that are in use is better than none.
  if ((has_place && opened) || places_.empty()) return opened;
  const size_t num_before = places_.size();
  changed_.wait(lock, [&] {
    return stopping_ || places_.size() != num_before ||
           std::ranges::any_of(places_, [](const auto& place) { return place->num_leases == 0; });
  });
  if (stopping_) return fail(ErrorCode::kCancelled, "the models are being unloaded");
  return std::nullopt;
}

}  // namespace hearth
