#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/call/json.h"

namespace hearth::api {

/// A tool that a request offers.
struct Tool {
  std::string name;
  Json definition;  ///< {"type": "function", "function": {...}}, as chat templates have it
  Json parameters;  ///< its JSON Schema; an object
  bool strict = false;
};

/// The tools of a request. Immutable, shared by threads.
class ToolSet {
 public:
  explicit ToolSet(std::vector<Tool> tools) : tools_(std::move(tools)) {}

  const std::vector<Tool>& all() const { return tools_; }
  bool empty() const { return tools_.empty(); }
  /// Null where there is none of this name.
  const Tool* find(std::string_view name) const;

 private:
  std::vector<Tool> tools_;
};

using ToolSetPtr = std::shared_ptr<const ToolSet>;

/// The types of JSON values that an argument may have, a bit each.
enum ArgumentTypes : uint8_t {
  kNullArgument = 1,
  kBooleanArgument = 2,
  kNumberArgument = 4,
  kStringArgument = 8,
  kArrayArgument = 16,
  kObjectArgument = 32,
  kAnyArgument = 63,
};

/// What the schema of a tool's parameters says of one of them: types, enumerations, alternatives, references
/// within the schema. kAnyArgument where it says nothing. `tool` may be null.
uint8_t argument_types(const Tool* tool, std::string_view key);

/// The JSON of a value that was written bare, by the types it may have: a text that is JSON of one of them
/// (as Python writes it, too) is that, any other is a string.
std::string typed_argument(std::string_view text, uint8_t types);

}  // namespace hearth::api
