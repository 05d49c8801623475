#include "engine/cache/block_key.h"

#include <span>

namespace hearth {

BlockKey root_key(std::string_view salt, std::string_view adapter) {
  const BlockKey of_salt = sha256(std::as_bytes(std::span(salt)));
  if (adapter.empty()) return of_salt;
  const BlockKey of_adapter = sha256(std::as_bytes(std::span(adapter)));
  Sha256 hash;
  hash.update(std::as_bytes(std::span(of_salt)));
  hash.update(std::as_bytes(std::span(of_adapter)));
  return hash.finish();
}

BlockKey child_key(const BlockKey& parent, const BlockText& text) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(parent)));
  hash.update(std::as_bytes(std::span(text.tokens)));
  for (const ContentSpan& content : text.contents) {
    const int64_t place[] = {content.begin, content.end};
    hash.update(std::as_bytes(std::span(place)));
    hash.update(std::as_bytes(std::span(content.hash)));
  }
  return hash.finish();
}

}  // namespace hearth
