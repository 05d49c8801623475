#include "engine/cache/block_key.h"

namespace hearth {

BlockKey root_key(std::string_view salt) { return sha256(std::as_bytes(std::span(salt))); }

BlockKey child_key(const BlockKey& parent, std::span<const TokenId> tokens) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(parent)));
  hash.update(std::as_bytes(tokens));
  return hash.finish();
}

}  // namespace hearth
