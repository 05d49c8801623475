#include "formats/refused_keys.h"

#include <utility>

#include "base/printable.h"

namespace hearth {

Status refuse_bidirectional(const ConfigKeys& keys) {
  constexpr std::string_view kKey = "use_bidirectional_attention";
  if (!TRY(keys.flag_or(kKey, false))) return {};
  return fail(ErrorCode::kUnsupported, "{} is true: this is no decoder", keys.full(kKey));
}

Status refuse_local_rope_scaling(const ConfigKeys& keys) {
  constexpr std::string_view kKey = "rope_parameters.sliding_attention.rope_type", kPlain = "default";
  const std::string_view type = TRY(keys.text_or(kKey, kPlain));
  if (type == kPlain) return {};
  return fail(ErrorCode::kUnsupported, "{} is {}; layers with a sliding window are rotated without scaling",
              keys.full(kKey), quoted(type));
}

Status refuse_flag(const ConfigKeys& keys, std::string_view key, bool refused, std::string hint) {
  if (TRY(keys.flag_or(key, !refused)) != refused) return {};
  return fail_hint(ErrorCode::kUnsupported, std::move(hint), "{} is {}, which is not supported",
                   keys.full(key), refused);
}

}  // namespace hearth
