#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "api/call/api_model.h"
#include "engine/engine_loop.h"
#include "engine/pool/model_pool.h"

namespace hearth::server {

/// A loaded model in the hands of a request: it stays loaded as long as somebody has this. Immutable.
class ServedModel {
 public:
  /// `name`: the one that figures are kept under, whatever it was asked for by. `engine` must live as long as
  /// the lease.
  ServedModel(std::string name, std::shared_ptr<const api::ApiModel> api, EngineLoop& engine,
              ModelLease lease = {})
      : name_(std::move(name)), lease_(std::move(lease)), api_(std::move(api)), engine_(&engine) {}

  const std::string& name() const { return name_; }
  /// By the name it was asked for.
  const api::ApiModel& api() const { return *api_; }
  EngineLoop& engine() const { return *engine_; }
  /// How long it stays loaded once nobody uses it any more.
  void set_keep_alive(std::chrono::nanoseconds keep_alive) const {
    if (lease_) lease_.set_keep_alive(keep_alive);
  }

 private:
  std::string name_;
  ModelLease lease_;
  std::shared_ptr<const api::ApiModel> api_;
  EngineLoop* engine_;
};

using ServedModelPtr = std::shared_ptr<const ServedModel>;

}  // namespace hearth::server
