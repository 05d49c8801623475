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

struct ModelPoolOptions {
  ComputeOptions compute = {};
  PrefixFolder prefixes = {};
  /// Bytes that all models together may come to; nothing: what the system has left when one is loaded.
  std::optional<size_t> budget = {};
  size_t max_models = 0;  ///< most at once; 0: as many as fit
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

/// The models of a process, on one team of threads and in one budget of memory. A thread of the
/// pool's own loads models, in the order they are asked for. To make room it evicts models without a lease,
/// the least recently used first; where all are in use, the load waits for one of them. Thread-safe; must
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
  /// Calls `ready` once the model can be used: at once where it is loaded, else on the pool's thread, which
  /// it must not hold up. Errors: those of `open_model` and `LoadedModel::load`; kResourceLimit for what
  /// does not fit even alone.
  void acquire(const ModelOptions& options, Ready ready);
  /// Waits for it. Not for threads that must not block.
  Result<ModelLease> acquire(const ModelOptions& options);

  /// Unloads models that were not used for as long. Returns how many.
  size_t unload_idle(std::chrono::nanoseconds idle);

  struct Entry {
    ModelOptions options;
    size_t num_bytes = 0;  ///< planned
    size_t num_leases = 0;
    std::chrono::nanoseconds last_used{};  ///< when the last lease was given back
  };
  /// The loaded ones, least recently used first.
  std::vector<Entry> loaded() const;

  Compute& compute() { return *compute_; }

 private:
  friend class ModelLease;
  struct Place : Entry {
    std::unique_ptr<LoadedModel> model;
  };
  struct Load {
    ModelOptions options;
    std::vector<Ready> waiting;
  };
  using Places = std::vector<std::unique_ptr<Place>>;

  explicit ModelPool(ModelPoolOptions options) : options_(std::move(options)) {}
  void run();
  Result<std::unique_ptr<Place>> load(const ModelOptions& options);
  std::optional<Result<OpenedModel>> open_in_what_is_left(const ModelOptions& options);
  std::optional<size_t> left(const std::unique_lock<std::mutex>& lock) const;
  std::unique_ptr<Place> take_idle(const std::unique_lock<std::mutex>& lock);
  ModelLease lease(Place& place);
  void give_back(const LoadedModel& model);

  ModelPoolOptions options_;
  std::unique_ptr<Compute> compute_;
  mutable std::mutex mutex_;  ///< guards all below
  std::condition_variable changed_;
  Places places_;           ///< least recently used first
  std::deque<Load> loads_;  ///< the first is being loaded
  bool stopping_ = false;
  std::thread loader_;
};

}  // namespace hearth
