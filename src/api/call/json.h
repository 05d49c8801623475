#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace hearth::api {

/// Members keep the order in which they were written.
using Json = nlohmann::ordered_json;

/// Limits of a request's JSON. Members of an object are found by linear search, so their number bounds the
/// time of reading.
struct JsonLimits {
  size_t max_bytes = size_t(32) << 20;
  size_t max_depth = 128;
  size_t max_members = 2048;              ///< of one object
  size_t max_total_members = 262'144;     ///< of all objects
  size_t max_elements = size_t(2) << 20;  ///< of all arrays
};

/// Errors: kResourceLimit naming the limit, kInvalidArgument naming the byte where the text is not JSON.
Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

/// The shortest decimal that reads as the same float: 0.7 for 0.7f, not 0.699999988.
Json float_json(float value);

/// Compact, for the wire: what is not UTF-8 in a string becomes U+FFFD.
std::string dump_json(const Json& value);

}  // namespace hearth::api
