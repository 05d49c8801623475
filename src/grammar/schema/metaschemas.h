#pragma once

#include <span>
#include <string_view>

namespace hearth::grammar {

/// A schema that documents refer to without having it.
struct KnownSchema {
  std::string_view uri, text;
};

/// The metaschemas of all drafts, the vocabularies of the later ones included, without what does not
/// validate.
std::span<const KnownSchema> metaschemas();

}  // namespace hearth::grammar
