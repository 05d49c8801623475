#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/pool/model_pool.h"
#include "server/models/model_host.h"
#include "server/models/model_settings.h"

namespace hearth::server {

/// How long a model that nobody uses stays loaded, where nobody says how long.
inline constexpr std::chrono::nanoseconds kDefaultKeepAlive = std::chrono::minutes(5);

/// The models of a server in a pool: those that are named at its start stay loaded, others are loaded when
/// they are asked for, and go when nobody has used them for a while or room is needed.
class PoolHost final : public ModelHost {
 public:
  struct Alias {
    std::string name;
    std::string target;  ///< the name of a model; empty: the default one
  };
  struct Options {
    ModelPoolOptions pool = {};  ///< without its hooks
    ModelOptions load = {};      ///< of every model, without its files
    std::chrono::nanoseconds keep_alive = kDefaultKeepAlive;
    std::vector<FoundModel> pinned = {};  ///< loaded at the start, for good; the first is the default
    std::vector<std::shared_ptr<const ModelFinder>> sources = {};  ///< of the others
    std::vector<Alias> aliases = {};
    std::map<std::string, ModelSettings, std::less<>> settings = {};  ///< by name
    std::string program_version = {};
    LogSink log = no_log();
  };

  /// Loads what is pinned. Errors: those of the pool and of loading; kInvalidArgument for an alias that is no
  /// name, or has the name of a model.
  static Result<std::unique_ptr<PoolHost>> start(Options options);
  ~PoolHost() override;

  std::vector<HostedModel> list() const override;
  Result<HostedModel> find(std::string_view name) const override;
  std::shared_ptr<ModelWish> ask(std::string_view name) override;
  std::vector<RunningModel> running() const override;
  Result<bool> unload(std::string_view name) override;

  ModelPool& pool() { return *pool_; }

 private:
  /// A model that is loaded, as long as it is.
  struct Resident {
    FoundModel found;
    api::ApiModel api;
    EngineLoop* engine = nullptr;
    /// By the name it was asked for and its digest: models of a store may share their weights alone.
    std::map<std::pair<std::string, std::string>, std::shared_ptr<const api::ApiModel>> by_name;
  };

  explicit PoolHost(Options options) : options_(std::move(options)) {}
  Status load_pinned();
  Status take_in(LoadedModel& model);
  void forget(const LoadedModel& model);
  Result<ServedModelPtr> serve(ModelLease lease, const HostedModel& model);
  Result<HostedModel> resolve(std::string_view name, int num_aliases) const;
  Result<HostedModel> find_default() const;
  std::optional<FoundModel> find_pinned(std::string_view name, bool bare) const;
  HostedModel hosted(FoundModel found, std::string name) const;
  ModelOptions load_options(const FoundModel& found) const;
  ModelTerms terms(const FoundModel& found) const;
  Error not_found(std::string_view name) const;

  Options options_;
  mutable std::mutex mutex_;
  std::map<const LoadedModel*, Resident> residents_;        ///< guarded by mutex_
  std::map<std::filesystem::path, FoundModel> asked_;       ///< guarded by mutex_: what is being loaded
  std::map<std::filesystem::path, api::ModelFacts> known_;  ///< guarded by mutex_: of all that were loaded
  std::unique_ptr<ModelPool> pool_;                         ///< goes first: it speaks to all above
};

}  // namespace hearth::server
