#pragma once

#include <span>
#include <string_view>

#include "api/parameters/schema.h"

namespace hearth::api {

/// A parameter of the peers' APIs that clients and routers send and that this server has no use for. It is
/// taken where its value changes nothing of the response: it is the default of who defines it, says who asks,
/// or steers machinery that is not here.
struct KnownParameter {
  std::string_view name;
  std::string_view taken;  ///< the values that are taken, as a JSON array; empty: any
  std::string_view why;    ///< why the others are not, as the end of "NAME: ..."
};

/// All of them, apart from those whose meaning depends on the model (api/prompt/model_hints.h).
std::span<const KnownParameter> known_parameters();

/// Null for a name that nobody is known to use.
const KnownParameter* find_known_parameter(std::string_view name);

/// What is taken of it.
Schema schema_of(const KnownParameter& parameter);

}  // namespace hearth::api
