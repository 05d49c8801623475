#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call/json.h"

namespace hearth::api {

/// Reads the members of one object of a request by name and type, and tracks which were read, so that none is
/// ignored silently. null counts as absent. Used by one thread; the object must outlive it. Every error is
/// kInvalidArgument and its message begins with the member's path and a colon:
/// "messages[2].content: ...".
class ParameterReader {
 public:
  /// `path`: of the object, if it is not the whole body.
  static Result<ParameterReader> of(const Json& value, std::string path = {});

  /// The member, whatever its type; null where absent.
  const Json* find(std::string_view name);
  /// A required member.
  Result<const Json*> require(std::string_view name);

  Result<std::optional<bool>> boolean(std::string_view name);
  /// Accepts 5.0 as 5, as JSON Schema does.
  Result<std::optional<int64_t>> integer(std::string_view name, int64_t low, int64_t high);
  Result<std::optional<double>> number(std::string_view name, double low, double high);
  /// Lengths are counted in characters, as JSON Schema does.
  Result<std::optional<std::string>> text(std::string_view name, size_t max_length = size_t(1) << 20);

  /// "messages[2].content" for "content".
  std::string path_of(std::string_view name) const;

  /// Refuses members that were not read. In a whole body, known parameters without effect are accepted
  /// (api/parameters/known_parameters.h), others are kUnsupported.
  Status finish(bool body = true) const;

 private:
  std::unexpected<Error> unknown(std::string_view name) const;

  ParameterReader(const Json& object, std::string path) : object_(&object), path_(std::move(path)) {}

  const Json* object_;
  std::string path_;
  std::vector<std::string_view> read_;
};

/// "a number", "an array", for a message about a value of the wrong type.
std::string_view kind_of(const Json& value);

/// The number of a JSON integer, or of a number without a fraction; none where it is neither or does not fit.
std::optional<int64_t> as_integer(const Json& value);

}  // namespace hearth::api
