#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "grammar/schema/schema_index.h"

namespace hearth::grammar {

/// What dynamic references lead to, which depends on the resources that were entered before: for each name
/// the anchor of the outermost one that has it. Equal scopes have equal ids.
class DynamicScopes {
 public:
  using Id = uint32_t;
  static constexpr Id kEmpty = 0;
  static constexpr size_t kMaxAnchors = 200'000;

  DynamicScopes() : scopes_{{}}, ids_{{{}, kEmpty}} {}

  /// The scope inside of a resource that is entered. Error: kResourceLimit for too many anchors in all
  /// scopes.
  Result<Id> enter(Id scope, SchemaIndex::ResourceId id, const SchemaResource& resource) {
    if (resource.dynamic_anchors.empty()) return scope;
    const auto [inside, is_new] = inside_.emplace(std::pair(scope, id), kEmpty);
    if (!is_new) return inside->second;
    Anchors anchors = scopes_[scope];
    anchors.insert(resource.dynamic_anchors.begin(), resource.dynamic_anchors.end());
    num_anchors_ += anchors.size();
    if (num_anchors_ > kMaxAnchors)
      return fail(ErrorCode::kResourceLimit, "there are more than {} dynamic anchors in all scopes",
                  kMaxAnchors);
    const auto [found, is_other] = ids_.emplace(std::move(anchors), Id(scopes_.size()));
    if (is_other) scopes_.push_back(found->first);
    return inside->second = found->second;
  }
  std::optional<JsonId> find(Id scope, std::string_view name) const {
    const auto found = scopes_[scope].find(name);
    return found == scopes_[scope].end() ? std::nullopt : std::optional(found->second);
  }

 private:
  using Anchors = std::map<std::string_view, JsonId>;

  std::vector<Anchors> scopes_;
  std::map<Anchors, Id> ids_;
  std::map<std::pair<Id, SchemaIndex::ResourceId>, Id> inside_;
  size_t num_anchors_ = 0;
};

}  // namespace hearth::grammar
