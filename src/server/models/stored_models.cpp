#include "server/models/stored_models.h"

#include <utility>

#include "base/printable.h"

namespace hearth::server {

FoundModel found_in_store(StoredModel stored) {
  FoundModel found{.name = stored.name.text(),
                   .path = stored.path,
                   .draft = stored.draft,
                   .digest = stored.manifest.digest().hex(),
                   .num_bytes = stored.manifest.num_bytes(),
                   .modified = stored.modified};
  found.stored = std::make_shared<const StoredModel>(std::move(stored));
  return found;
}

std::vector<FoundModel> StoredModels::list() const {
  std::vector<FoundModel> models;
  for (StoredModel& stored : store_->list()) models.push_back(found_in_store(std::move(stored)));
  return models;
}

Result<FoundModel> StoredModels::find(std::string_view name) const {
  const auto parsed = ModelName::parse(name);
  if (!parsed) return fail(ErrorCode::kNotFound, "there is no model {}", hearth::quoted(name, 200));
  return found_in_store(TRY(store_->find(*parsed)));
}

}  // namespace hearth::server
