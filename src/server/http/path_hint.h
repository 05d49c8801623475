#pragma once

#include <string>

#include "api/call/dialect_table.h"
#include "server/http/router.h"
#include "server/http/target.h"

namespace hearth::server {

/// What to say of a path where nothing is.
struct PathHint {
  std::string message;
  const api::Dialect* dialect;  ///< of the path that was probably meant
};

/// Finds the route that was meant: base URLs are given without /v1, with it twice, with another server's
/// prefix or with the whole path of an endpoint, and paths get slashes too many.
PathHint path_hint(const Router& router, const api::DialectTable& dialects, const Target& target);

}  // namespace hearth::server
