#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth {

/// The bytes of a text in base64 (RFC 4648, section 4), padded. Error: kCorruptData naming `place`.
Result<std::string> decode_base64(std::string_view text, std::string_view place);

}  // namespace hearth
