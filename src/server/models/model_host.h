#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call/model_listing.h"
#include "engine/constrain/grammar_cache.h"
#include "engine/stats.h"
#include "server/models/found_model.h"
#include "server/models/served_model.h"

namespace hearth::server {

/// A model that was asked for: there already, or once it is loaded. Who lets go of it no longer waits.
/// Thread-safe.
class ModelWish {
 public:
  using Served = Result<ServedModelPtr>;

  ModelWish() = default;
  ~ModelWish() {
    if (withdraw_) withdraw_();
  }
  ModelWish(const ModelWish&) = delete;
  ModelWish& operator=(const ModelWish&) = delete;

  /// Nothing while it is being loaded; then the model, or why there is none.
  std::optional<Served> result() const;
  bool is_granted() const { return result().has_value(); }
  /// Calls `ready` once there is a result, if this still lives: at once, or on the loading thread, which it
  /// must not hold up. One at a time.
  void on_ready(std::function<void()> ready);

  // For hosts.
  void grant(Served served);
  /// What the end of this does. Before anybody else has it.
  void set_withdraw(std::function<void()> withdraw) { withdraw_ = std::move(withdraw); }

 private:
  mutable std::mutex mutex_;
  std::optional<Served> result_;  ///< guarded by mutex_
  std::function<void()> ready_;   ///< guarded by mutex_
  std::function<void()> withdraw_;
};

/// A model that is loaded.
struct RunningModel {
  std::string name;  ///< of the listing
  FoundModel found = {};
  size_t context = 0;
  size_t num_bytes = 0;  ///< planned, in memory
  size_t num_users = 0;  ///< requests that have it
  bool stopping = false;
  /// Until it is unloaded, if nobody asks for it; nothing: for ever. As long as it is used, from now on.
  std::optional<std::chrono::nanoseconds> expires_in = {};
  EngineStats stats = {};
  std::optional<GrammarCacheStats> grammars = {};
};

/// A model that can be asked for.
struct HostedModel {
  api::ModelListing listing;  ///< `id` is the name to ask for it by
  FoundModel found;
};

/// The models of a server, by name. Thread-safe.
class ModelHost {
 public:
  virtual ~ModelHost() = default;

  /// All that can be asked for, each name once; the default one first. Nothing is loaded for it.
  virtual std::vector<HostedModel> list() const = 0;
  /// The same without their files.
  std::vector<api::ModelListing> listings() const;
  /// By name or alias, with or without ".gguf" and folders; the default where `name` is empty. Errors:
  /// kNotFound naming the model and what there is; kInvalidArgument where there is no default.
  virtual Result<HostedModel> find(std::string_view name) const = 0;
  /// Finds a model and loads it where it is not loaded. Errors, of the wish: those of `find` and of loading.
  virtual std::shared_ptr<ModelWish> ask(std::string_view name) = 0;
  /// The loaded ones.
  virtual std::vector<RunningModel> running() const = 0;
  /// Unloads a model: at once, or when the last request that has it has ended. False: it is not loaded.
  /// Errors: those of `find`.
  virtual Result<bool> unload(std::string_view name) = 0;
};

}  // namespace hearth::server
