#pragma once

#include <string>

#include "api/call/json.h"

namespace hearth::api {

/// Whether the schema of a tool's parameters is one by its form: an object of objects, with types that JSON
/// Schema has. What its keywords mean is checked where a call is held to it. Errors: kInvalidArgument naming
/// `path` and the JSON pointer below it; kResourceLimit is none of them, since a request is small.
Status check_parameter_schema(const Json& schema, const std::string& path);

}  // namespace hearth::api
