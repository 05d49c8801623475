#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "engine/pool/loaded_model.h"

namespace hearth {

/// How a model stays once it is loaded.
struct ModelTerms {
  /// How long it stays when nobody uses it; 0: it goes at once.
  std::chrono::nanoseconds keep_alive = kForever;
  bool pinned = false;  ///< it makes room for no other
  int priority = 0;     ///< the lower make room first

  static constexpr std::chrono::nanoseconds kForever = std::chrono::nanoseconds::max();
  bool operator==(const ModelTerms&) const = default;
};

struct ModelPoolOptions {
  ComputeOptions compute = {};
  PrefixFolder prefixes = {};
  /// Bytes that all models together may come to; nothing: what the system has left when one is loaded.
  std::optional<size_t> budget = {};
  size_t max_models = 0;  ///< most at once; 0: as many as fit
  /// The end of a load, on the pool's thread: what else a model needs before anybody has it.
  std::function<Status(LoadedModel&)> on_loaded = [](LoadedModel&) { return Status(); };
  /// Before a model goes, which nobody has any more. On the pool's thread; at its end on that of the end.
  std::function<void(const LoadedModel&)> on_unloading = [](const LoadedModel&) {};
  LogSink log = no_log();
  Clock clock = steady_clock();
};

class ModelPool;

/// The right to use a model: it stays loaded as long as there is one. Movable; may be given back on any
/// thread, but not by the model's own engine, which may end with it.
class ModelLease {
 public:
  ModelLease() = default;
  ModelLease(ModelLease&& other) noexcept { swap(other); }
  ModelLease& operator=(ModelLease&& other) noexcept {
    swap(other);
    return *this;
  }
  ~ModelLease();

  LoadedModel& operator*() const { return *model_; }
  LoadedModel* operator->() const { return model_; }
  explicit operator bool() const { return model_ != nullptr; }

  /// From now on the model stays as long when nobody uses it, unless it is pinned.
  void set_keep_alive(std::chrono::nanoseconds keep_alive) const;

 private:
  friend class ModelPool;
  ModelLease(ModelPool* pool, LoadedModel* model) : pool_(pool), model_(model) {}
  void swap(ModelLease& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(model_, other.model_);
  }

  ModelPool* pool_ = nullptr;
  LoadedModel* model_ = nullptr;
};

/// The models of a process, on one team of threads and in one budget of memory. A thread of the pool's own
/// loads models, in the order they are asked for, and unloads them. To make room it evicts what nobody has a
/// lease of, of the lowest priority first, then the least recently used; where all are in use, one of them
/// gives no new leases, and goes when its last is given back. What is pinned makes no room. Thread-safe; must
/// outlive its leases.
class ModelPool {
 public:
  /// Errors: those of `Compute::create`; kResourceLimit where there is no thread to be had.
  static Result<std::unique_ptr<ModelPool>> create(ModelPoolOptions options);
  /// Loads that are still waited for end with kCancelled.
  ~ModelPool();
  ModelPool(const ModelPool&) = delete;
  ModelPool& operator=(const ModelPool&) = delete;

  using Ready = std::function<void(Result<ModelLease>)>;
  using Ticket = uint64_t;
  /// Calls `ready` once the model can be used: at once where it is loaded, else on the pool's thread, which
  /// it must not hold up. `terms` are those of a model that is loaded for it. Errors: those of `open_model`,
  /// `LoadedModel::load` and `on_loaded`; kResourceLimit for what does not fit even alone, or beside what is
  /// pinned.
  Ticket acquire(const ModelOptions& options, Ready ready, const ModelTerms& terms = {});
  /// Waits for it. Not for threads that must not block.
  Result<ModelLease> acquire(const ModelOptions& options, const ModelTerms& terms = {});
  /// Nobody waits for this any more: `ready` is not called, unless it is being called right now. What is
  /// loaded for nobody is not loaded.
  void withdraw(Ticket ticket);

  /// Unloads a model, pinned or not: at once, or when its last lease is given back; who asks for it then gets
  /// it loaded anew. False: it is not loaded.
  bool unload(const ModelOptions& options);

  struct Entry {
    ModelOptions options;
    size_t num_bytes = 0;  ///< planned
    ModelTerms terms = {};
    size_t num_leases = 0;
    bool leaving = false;                  ///< it gives no more leases, and goes without any
    bool yielding = false;                 ///< a load waits for it, and who asks for it waits for that load
    std::chrono::nanoseconds last_used{};  ///< when the last lease was given back
    const LoadedModel* loaded = nullptr;   ///< only good while one has a lease

    /// How long it stays yet, if nobody asks for it; nothing: for ever, or as long as it is used.
    std::optional<std::chrono::nanoseconds> expires_in(std::chrono::nanoseconds now) const;
  };
  /// The loaded ones, least recently used first.
  std::vector<Entry> loaded() const;

  Compute& compute() { return *compute_; }
  std::chrono::nanoseconds now() const { return options_.clock(); }

 private:
  friend class ModelLease;
  struct Place : Entry {
    std::unique_ptr<LoadedModel> model;

    bool can_go() const { return num_leases == 0 && (leaving || !terms.pinned); }
  };
  struct Waiting {
    Ticket ticket;
    Ready ready;
  };
  struct Load {
    ModelOptions options;
    ModelTerms terms;
    std::vector<Waiting> waiting;
  };
  using Places = std::vector<std::unique_ptr<Place>>;
  using Lock = std::unique_lock<std::mutex>;

  explicit ModelPool(ModelPoolOptions options) : options_(std::move(options)) {}
  void run();
  void load_first(Lock& lock);
  Result<std::unique_ptr<Place>> load(const Load& load);
  std::optional<Result<OpenedModel>> open_in_what_is_left(const ModelOptions& options);
  bool evict_idle(Lock& lock);
  bool ask_for_room(const Lock& lock);
  bool nobody_waits(const Lock& lock) const;
  std::optional<size_t> left(const Lock& lock) const;
  Places::iterator find_loaded(const ModelOptions& options, const Lock& lock);
  Places::iterator find_expired(const Lock& lock);
  std::optional<std::chrono::nanoseconds> next_expiry(const Lock& lock) const;
  void unload(Lock& lock, Places::iterator place);
  ModelLease lease(Place& place);
  void give_back(const LoadedModel& model);
  void set_keep_alive(const LoadedModel& model, std::chrono::nanoseconds keep_alive);
  Place& place_of(const LoadedModel& model, const Lock& lock);

  ModelPoolOptions options_;
  std::unique_ptr<Compute> compute_;
  mutable std::mutex mutex_;  ///< guards all below
  std::condition_variable changed_;
  Places places_;           ///< least recently used first
  std::deque<Load> loads_;  ///< the first is being loaded
  Ticket last_ticket_ = 0;
  bool stopping_ = false;
  std::thread loader_;
};

}  // namespace hearth
