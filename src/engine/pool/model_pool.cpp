#include "engine/pool/model_pool.h"

#include <algorithm>
#include <future>
#include <utility>

#include "base/check.h"
#include "engine/memory/system_memory.h"

namespace hearth {
namespace {

std::unexpected<Error> at_the_end() { return fail(ErrorCode::kCancelled, "the models are being unloaded"); }

}  // namespace

ModelLease::~ModelLease() {
  if (pool_ != nullptr) pool_->give_back(*model_);
}

void ModelLease::set_keep_alive(std::chrono::nanoseconds keep_alive) const {
  if (pool_ != nullptr) pool_->set_keep_alive(*model_, keep_alive);
}

std::optional<std::chrono::nanoseconds> ModelPool::Entry::expires_in(std::chrono::nanoseconds now) const {
  if (num_leases > 0 || terms.keep_alive == ModelTerms::kForever) return std::nullopt;
  const auto idle = now - last_used;
  return idle >= terms.keep_alive ? std::chrono::nanoseconds(0) : terms.keep_alive - idle;
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
    for (Waiting& waiting : load.waiting) waiting.ready(at_the_end());
  }
  CHECK(std::ranges::all_of(places_, [](const auto& place) { return place->num_leases == 0; }));
  for (const auto& place : places_) options_.on_unloading(*place->model);
}

ModelPool::Ticket ModelPool::acquire(const ModelOptions& options, Ready ready, const ModelTerms& terms) {
  Lock lock(mutex_);
  const Ticket ticket = ++last_ticket_;
  const auto loaded = find_loaded(options, lock);
  if (loaded != places_.end() && !(*loaded)->yielding) {
    ModelLease taken = lease(**loaded);
    lock.unlock();
    ready(std::move(taken));
    return ticket;
  }
  const auto same = std::ranges::find(loads_, options, &Load::options);
  Load& load = same != loads_.end() ? *same : loads_.emplace_back(Load{options, terms, {}});
  load.waiting.push_back({ticket, std::move(ready)});
  changed_.notify_all();
  return ticket;
}

Result<ModelLease> ModelPool::acquire(const ModelOptions& options, const ModelTerms& terms) {
  std::promise<Result<ModelLease>> promise;
  acquire(options, [&](Result<ModelLease> lease) { promise.set_value(std::move(lease)); }, terms);
  return promise.get_future().get();
}

void ModelPool::withdraw(Ticket ticket) {
  Ready dropped;  // goes outside the lock
  const std::scoped_lock lock(mutex_);
  for (auto load = loads_.begin(); load != loads_.end(); ++load) {
    const auto found = std::ranges::find(load->waiting, ticket, &Waiting::ticket);
    if (found == load->waiting.end()) continue;
    dropped = std::move(found->ready);
    load->waiting.erase(found);
    // The first is under way: its loader looks whether anybody waits.
    if (load->waiting.empty() && load != loads_.begin()) loads_.erase(load);
    changed_.notify_all();
    return;
  }
}

bool ModelPool::unload(const ModelOptions& options) {
  const Lock lock(mutex_);
  const auto found = find_loaded(options, lock);
  if (found == places_.end()) return false;
  (*found)->leaving = true;
  changed_.notify_all();
  return true;
}

ModelPool::Places::iterator ModelPool::find_loaded(const ModelOptions& options, const Lock&) {
  return std::ranges::find_if(
      places_, [&](const auto& place) { return place->options == options && !place->leaving; });
}

/// Under the lock.
ModelLease ModelPool::lease(Place& place) {
  ++place.num_leases;
  return {this, place.model.get()};
}

ModelPool::Place& ModelPool::place_of(const LoadedModel& model, const Lock&) {
  const auto place = std::ranges::find(places_, &model, [](const auto& entry) { return entry->model.get(); });
  CHECK(place != places_.end() && (*place)->num_leases > 0);
  return **place;
}

void ModelPool::give_back(const LoadedModel& model) {
  const Lock lock(mutex_);
  Place& given = place_of(model, lock);
  given.last_used = options_.clock();
  --given.num_leases;
  const auto place = std::ranges::find(places_, &given, [](const auto& entry) { return entry.get(); });
  std::rotate(place, place + 1, places_.end());
  changed_.notify_all();
}

void ModelPool::set_keep_alive(const LoadedModel& model, std::chrono::nanoseconds keep_alive) {
  const Lock lock(mutex_);
  ModelTerms& terms = place_of(model, lock).terms;
  if (!terms.pinned) terms.keep_alive = keep_alive;
}

std::vector<ModelPool::Entry> ModelPool::loaded() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Entry> entries;
  for (const auto& place : places_) entries.push_back(*place);
  return entries;
}

std::optional<size_t> ModelPool::left(const Lock&) const {
  if (!options_.budget) return available_memory();
  size_t taken = 0;
  for (const auto& place : places_) taken += place->num_bytes;
  return *options_.budget - std::min(*options_.budget, taken) + kMemoryReserve;
}

ModelPool::Places::iterator ModelPool::find_expired(const Lock&) {
  const auto now = options_.clock();
  return std::ranges::find_if(places_, [&](const auto& place) {
    return place->num_leases == 0 &&
           (place->leaving || place->expires_in(now) == std::chrono::nanoseconds(0));
  });
}

std::optional<std::chrono::nanoseconds> ModelPool::next_expiry(const Lock&) const {
  std::optional<std::chrono::nanoseconds> next;
  const auto now = options_.clock();
  for (const auto& place : places_) {
    if (const auto left = place->expires_in(now)) next = std::min(next.value_or(*left), *left);
  }
  return next;
}

/// On the loader's thread. An engine's end may take seconds, so the lock is open meanwhile.
void ModelPool::unload(Lock& lock, Places::iterator place) {
  const std::unique_ptr<Place> going = std::move(*place);
  places_.erase(place);
  lock.unlock();
  options_.on_unloading(*going->model);
  going->model.reset();
  lock.lock();
}

void ModelPool::run() {
  Lock lock(mutex_);
  while (!stopping_) {
    if (const auto expired = find_expired(lock); expired != places_.end()) {
      unload(lock, expired);
    } else if (!loads_.empty()) {
      load_first(lock);
    } else if (const auto next = next_expiry(lock)) {
      // As long as can be counted without going over the clock's end.
      changed_.wait_for(lock, std::min<std::chrono::nanoseconds>(*next, std::chrono::hours(1)));
    } else {
      changed_.wait(lock);
    }
  }
}

void ModelPool::load_first(Lock& lock) {
  if (nobody_waits(lock)) return loads_.pop_front();
  const Load wanted{.options = loads_.front().options, .terms = loads_.front().terms, .waiting = {}};
  // It may have been asked for while it was to make room, and have stayed.
  auto place = find_loaded(wanted.options, lock);
  std::optional<Error> error;
  if (place == places_.end()) {
    lock.unlock();
    Result<std::unique_ptr<Place>> loaded = load(wanted);
    lock.lock();
    if (loaded) {
      place = places_.insert(places_.end(), std::move(*loaded));
    } else {
      error = std::move(loaded.error());
    }
  }
  if (stopping_) return;
  for (const auto& other : places_) other->yielding = false;
  std::vector<Waiting> waiting = std::move(loads_.front().waiting);
  loads_.pop_front();
  std::vector<ModelLease> leases;
  for (size_t i = 0; !error && i < waiting.size(); ++i) leases.push_back(lease(**place));
  lock.unlock();
  for (size_t i = 0; i < waiting.size(); ++i) {
    waiting[i].ready(error ? Result<ModelLease>(std::unexpected(*error)) : std::move(leases[i]));
  }
  // What they hold may be the last of somebody, who may come back to the pool.
  waiting.clear();
  lock.lock();
}

bool ModelPool::nobody_waits(const Lock&) const { return loads_.front().waiting.empty(); }

/// On the loader's thread.
Result<std::unique_ptr<ModelPool::Place>> ModelPool::load(const Load& load) {
  std::optional<Result<OpenedModel>> opened;
  while (!opened) opened = open_in_what_is_left(load.options);
  if (!*opened) return std::unexpected(opened->error());
  auto place = std::make_unique<Place>();
  place->options = load.options;
  place->terms = load.terms;
  place->num_bytes = (*opened)->plan.total_bytes();
  place->last_used = options_.clock();
  place->model = TRY(LoadedModel::load(std::move(**opened), *compute_, options_.prefixes, options_.log));
  place->loaded = place->model.get();
  TRY(options_.on_loaded(*place->model));
  return place;
}

/// Nothing where it is to be tried again, as another model has made room.
std::optional<Result<OpenedModel>> ModelPool::open_in_what_is_left(const ModelOptions& options) {
  Lock lock(mutex_);
  const bool has_place = options_.max_models == 0 || places_.size() < options_.max_models;
  const std::optional<size_t> available = left(lock);
  lock.unlock();
  Result<OpenedModel> opened = open_model(options, *compute_, available, options_.log);
  const bool lacks_memory = !opened && opened.error().code == ErrorCode::kResourceLimit;
  const bool fits = opened && !opened->plan.reduced;
  if ((has_place && fits) || (!opened && !lacks_memory)) return opened;

  lock.lock();
  if (evict_idle(lock)) return std::nullopt;
  // A smaller context than the model's own beside models that are in use is better than none.
  if (has_place && opened) return opened;
  if (!ask_for_room(lock)) {
    if (!opened) return opened;
    return fail_hint(ErrorCode::kResourceLimit, "unload one of them, or raise the limit",
                     "the {} models that may be loaded at once are pinned", places_.size());
  }
  changed_.wait(lock, [&] {
    return stopping_ || nobody_waits(lock) ||
           std::ranges::any_of(places_, [](const auto& place) { return place->can_go(); });
  });
  if (stopping_) return at_the_end();
  if (nobody_waits(lock)) return fail(ErrorCode::kCancelled, "nobody waits for the model any more");
  return std::nullopt;
}

/// Unloads what is most easily missed of what nobody uses. False: there is nothing.
bool ModelPool::evict_idle(Lock& lock) {
  auto least = find_expired(lock);
  for (auto place = places_.begin(); place != places_.end() && least == places_.end(); ++place) {
    if ((*place)->can_go()) least = place;
  }
  if (least == places_.end()) return false;
  for (auto place = least; place != places_.end() && !(*least)->leaving; ++place) {
    if ((*place)->can_go() && (*place)->terms.priority < (*least)->terms.priority) least = place;
  }
  unload(lock, least);
  return true;
}

/// Picks a model in use that is to go when its leases have been given back. False: all are pinned.
bool ModelPool::ask_for_room(const Lock&) {
  Place* least = nullptr;
  for (const auto& place : places_) {
    if (place->leaving || place->yielding) return true;
    if (place->terms.pinned) continue;
    if (least == nullptr || place->terms.priority < least->terms.priority) least = place.get();
  }
  if (least != nullptr) least->yielding = true;
  return least != nullptr;
}

}  // namespace hearth
