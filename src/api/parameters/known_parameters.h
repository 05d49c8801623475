#pragma once

#include <span>
#include <string_view>

#include "api/parameters/schema.h"

namespace hearth::api {

/// A parameter of other servers' APIs that clients and routers send and that has no function here. Values
/// that would not change the response are accepted: defaults, identities of users, settings of components
/// that do not exist.
struct KnownParameter {
  std::string_view name;
  std::string_view taken;  ///< the accepted values, as a JSON array; empty: any
  std::string_view why;    ///< why the others are refused, as the end of "NAME: ..."
};

/// All of them, apart from those whose meaning depends on the model (api/prompt/model_hints.h).
std::span<const KnownParameter> known_parameters();

/// Null for an unknown name.
const KnownParameter* find_known_parameter(std::string_view name);

/// The schema of its accepted values.
Schema schema_of(const KnownParameter& parameter);

}  // namespace hearth::api
