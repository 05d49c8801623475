#include "text/normalize/charsmap.h"

#include "base/bytes.h"

namespace hearth {
namespace {

bool has_leaf(uint32_t unit) { return (unit >> 8 & 1) != 0; }
uint32_t value_of(uint32_t unit) { return unit & 0x7fffffff; }
uint32_t label_of(uint32_t unit) { return unit & (0x80000000 | 0xff); }
uint32_t offset_of(uint32_t unit) { return (unit >> 10) << ((unit & 0x200) >> 6); }

}  // namespace

Result<Charsmap> Charsmap::create(std::string_view bytes) {
  Charsmap map;
  ByteReader reader(as_bytes(bytes));
  const uint32_t trie_bytes = TRY(reader.read<uint32_t>("precompiled_charsmap"));
  if (trie_bytes % sizeof(uint32_t) != 0 || trie_bytes == 0) {
    return fail(ErrorCode::kCorruptData, "precompiled_charsmap: a trie of {} bytes is not one of whole units",
                trie_bytes);
  }
  const ByteSpan units = TRY(reader.take(trie_bytes, "precompiled_charsmap: its trie"));
  map.units_.resize(trie_bytes / sizeof(uint32_t));
  std::memcpy(map.units_.data(), units.data(), units.size());
  map.pool_ = as_text(TRY(reader.take(reader.remaining(), "precompiled_charsmap: its pool")));
  if (map.pool_.empty() || map.pool_.back() != '\0') {
    return fail(ErrorCode::kCorruptData,
                "precompiled_charsmap: what it replaces by does not end with a NUL byte");
  }
  return map;
}

std::optional<Charsmap::Match> Charsmap::find(std::string_view text, bool longest) const {
  std::optional<Match> found;
  size_t at = offset_of(units_[0]);
  for (size_t i = 0; i < text.size(); ++i) {
    at ^= uint8_t(text[i]);
    if (text[i] == '\0' || at >= units_.size()) break;
    const uint32_t unit = units_[at];
    if (label_of(unit) != uint8_t(text[i])) break;
    at ^= offset_of(unit);
    if (!has_leaf(unit)) continue;
    if (at >= units_.size() || value_of(units_[at]) >= pool_.size()) break;
    found = Match{i + 1, pool_.c_str() + value_of(units_[at])};
    if (!longest) break;
  }
  return found;
}

}  // namespace hearth
