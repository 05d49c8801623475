#pragma once

#include <algorithm>
#include <cstdint>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include "base/entropy.h"
#include "base/result.h"
#include "text/split/pre_tokenizer.h"
#include "text/tokenizer/merge.h"
#include "text/tokenizer/string_index.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// Remembers, while one text is encoded, which ids its recent words became: as the place in the output where
/// they stand. One thread.
class WordCache {
 public:
  explicit WordCache(size_t text_size) {
    if (text_size < kMinText) return;
    seed_ = random_bits();
    size_t size = 256;
    while (size < kMaxSlots && size < text_size / 16) size *= 2;
    slots_.resize(size);
  }

  /// Appends the ids of `word`: those that stand in `out` already, or what `encode()` appends; that says
  /// whether it would append the same anywhere.
  template <typename Encode>
  void append(std::string_view word, std::vector<TokenId>& out, Encode encode) {
    if (slots_.empty() || word.size() > kMaxWord) {
      encode();
      return;
    }
    Slot& slot = slots_[hash_bytes(word, seed_) & (slots_.size() - 1)];
    const size_t end = out.size();
    if (std::string_view(slot.word, slot.size) == word) {
      // Not insert(): the source is the vector itself.
      out.resize(end + slot.count);
      std::copy_n(out.begin() + ptrdiff_t(slot.first), slot.count, out.begin() + ptrdiff_t(end));
      return;
    }
    if (!encode()) return;
    slot.first = uint32_t(end);
    slot.count = uint8_t(out.size() - end);
    slot.size = uint8_t(word.size());
    word.copy(slot.word, word.size());
  }

 private:
  static constexpr size_t kMinText = 512;  // below, filling the table costs more than it saves
  static constexpr size_t kMaxSlots = size_t(1) << 15;
  static constexpr size_t kMaxWord = 26;  // each byte may become a token

  struct Slot {
    uint32_t first = 0;
    uint8_t size = 0;
    uint8_t count = 0;
    char word[kMaxWord];
  };
  static_assert(sizeof(Slot) == 32);

  uint64_t seed_ = 0;
  std::vector<Slot> slots_;
};

/// How the most probable tokens up to a place end: the last of them, where it begins (Unigram).
struct UnigramStep {
  static constexpr uint32_t kNone = ~uint32_t(0);
  uint32_t begin = kNone;
  TokenId id = -1;  ///< -1: an unknown character
  double score = 0;
};

/// What encoding one text works with.
struct EncodeScratch {
  EncodeScratch(size_t text_size, std::stop_token stop_asked)
      : cache(text_size), stop(std::move(stop_asked)) {}

  /// Whether nobody wants the rest; asked for before each word, looked at before some.
  bool stopped() { return ++num_words % 1024 == 0 && stop.stop_requested(); }

  WordCache cache;
  Merger merger;
  std::vector<Word> words;
  std::vector<UnigramStep> path;
  std::vector<std::pair<std::string_view, TokenId>> pieces;
  std::stop_token stop;
  size_t num_words = 0;
};

/// Error: kResourceLimit for a piece of text that would be merged as one and is too long: merging takes some
/// 40 bytes for each of its bytes.
inline Status check_piece_size(std::string_view piece) {
  constexpr size_t kMaxSize = size_t(16) << 20;
  if (piece.size() <= kMaxSize) return {};
  return fail_hint(ErrorCode::kResourceLimit, "break its longest run of letters or symbols",
                   "the text has a word of {} bytes, the limit is {}", piece.size(), kMaxSize);
}

inline std::unexpected<Error> encoding_stopped() {
  return fail(ErrorCode::kCancelled, "the text was not encoded: nobody waits for it any more");
}

}  // namespace hearth
