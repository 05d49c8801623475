#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/string_index.h"
#include "text/vocab_data.h"

namespace hearth {

/// Remembers, while one text is encoded, which ids its recent words became: as the place in the output where
/// they stand. Views into the text. One thread.
class WordCache {
 public:
  explicit WordCache(size_t text_size) : seed_(text_size < kMinText ? 0 : random_seed()) {
    if (text_size < kMinText) return;
    size_t size = 256;
    while (size < kMaxSlots && size < text_size / 16) size *= 2;
    slots_.resize(size);
  }

  /// Appends the ids of `word`: those that stand in `out` already, or what `encode()` appends.
  template <typename Encode>
  void append(std::string_view word, std::vector<TokenId>& out, Encode encode) {
    if (slots_.empty() || word.size() > kMaxWord) return encode();
    Slot& slot = slots_[hash_bytes(word, seed_) & (slots_.size() - 1)];
    const size_t end = out.size();
    if (std::string_view(slot.data, slot.size) == word) {
      // Not insert(): the source is the vector itself.
      out.resize(end + slot.count);
      std::copy_n(out.begin() + ptrdiff_t(slot.first), slot.count, out.begin() + ptrdiff_t(end));
      return;
    }
    encode();
    slot = {word.data(), end, uint32_t(word.size()), uint32_t(out.size() - end)};
  }

 private:
  static constexpr size_t kMinText = 512;  // below, filling the table costs more than it saves
  static constexpr size_t kMaxSlots = size_t(1) << 15;
  static constexpr size_t kMaxWord = 64;

  struct Slot {
    const char* data = nullptr;
    size_t first = 0;
    uint32_t size = 0;
    uint32_t count = 0;
  };

  uint64_t seed_;
  std::vector<Slot> slots_;
};

}  // namespace hearth
