#include "api/call/api_call.h"

#include "base/hex.h"

namespace hearth::api {

std::string random_id(std::string_view prefix) { return std::string(prefix) + random_hex(24); }

}  // namespace hearth::api
