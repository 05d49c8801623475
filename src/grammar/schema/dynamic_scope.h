#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "grammar/schema/schema_index.h"

namespace hearth::grammar {

/// What dynamic references lead to, which depends on the resources that were entered before: for each name
/// the anchor of the outermost one that has it. Equal scopes have equal ids.
class DynamicScopes {
 public:
  using Id = uint32_t;
  static constexpr Id kEmpty = 0;

  DynamicScopes() : scopes_{{}}, ids_{{{}, kEmpty}} {}

  /// The scope inside of a resource that is entered.
  Id enter(Id scope, const SchemaResource& resource) {
    if (resource.dynamic_anchors.empty()) return scope;
    Anchors anchors = scopes_[scope];
    anchors.insert(resource.dynamic_anchors.begin(), resource.dynamic_anchors.end());
    const auto [found, is_new] = ids_.emplace(std::move(anchors), Id(scopes_.size()));
    if (is_new) scopes_.push_back(found->first);
    return found->second;
  }
  std::optional<JsonId> find(Id scope, std::string_view name) const {
    const auto found = scopes_[scope].find(name);
    return found == scopes_[scope].end() ? std::nullopt : std::optional(found->second);
  }

 private:
  using Anchors = std::map<std::string_view, JsonId>;

  std::vector<Anchors> scopes_;
  std::map<Anchors, Id> ids_;
};

}  // namespace hearth::grammar
