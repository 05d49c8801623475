#pragma once

#include <string>

#include "base/result.h"

namespace hearth::cli {

struct CheckSchemaOptions {
  std::string schema;     ///< a file
  std::string instances;  ///< a file with a JSON text a line; may be empty
  bool strict = false;
};

/// Prints what is left out of a schema, and of each instance whether constrained output could be it. Error:
/// kInvalidArgument where the schema is none, or an instance is wrong.
Status check_schema(const CheckSchemaOptions& options);

}  // namespace hearth::cli
