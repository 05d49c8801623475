#pragma once

#include <memory>

#include "server/models/found_model.h"
#include "store/model_store.h"

namespace hearth::server {

/// A model of a store as one that can be loaded.
FoundModel found_in_store(StoredModel stored);

/// The models of a store, by their names.
class StoredModels final : public ModelFinder {
 public:
  explicit StoredModels(std::shared_ptr<const ModelStore> store) : store_(std::move(store)) {}

  std::vector<FoundModel> list() const override;
  Result<FoundModel> find(std::string_view name) const override;

 private:
  std::shared_ptr<const ModelStore> store_;
};

}  // namespace hearth::server
