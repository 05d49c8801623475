#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/models/model_host.h"

// A model that is there for good, for tests.

namespace hearth::testing {

/// One model of one engine; `model` must outlive what is made of it.
class FixedModel final : public server::ModelHost {
 public:
  FixedModel(api::ApiModel model, EngineLoop& engine)
      : model_(std::make_shared<const api::ApiModel>(std::move(model))), engine_(&engine) {}

  std::vector<server::HostedModel> list() const override {
    return {{.listing = api::listing_of(*model_), .found = {.name = model_->id, .path = {}}}};
  }
  Result<server::HostedModel> find(std::string_view name) const override {
    if (name.ends_with(".gguf")) name.remove_suffix(5);
    if (name.empty() || name.ends_with(model_->id)) return list().front();
    return fail_hint(ErrorCode::kNotFound,
                     "there is " + model_->id + "; serve it with --alias to give it a further name",
                     "model: '{}' does not exist", name);
  }
  std::shared_ptr<server::ModelWish> ask(std::string_view name) override {
    auto wish = std::make_shared<server::ModelWish>();
    const auto found = find(name);
    if (found) {
      wish->grant(std::make_shared<const server::ServedModel>(model_->id, model_, *engine_));
    } else {
      wish->grant(std::unexpected(found.error()));
    }
    return wish;
  }
  std::vector<server::RunningModel> running() const override {
    server::RunningModel running{.name = model_->id, .found = {.name = model_->id, .path = {}}};
    running.context = model_->context;
    running.stats = engine_->stats();
    if (model_->grammars) running.grammars = model_->grammars->stats();
    return {std::move(running)};
  }
  Result<bool> unload(std::string_view name) override {
    TRY(find(name));
    return false;
  }

 private:
  std::shared_ptr<const api::ApiModel> model_;
  EngineLoop* engine_;
};

}  // namespace hearth::testing
