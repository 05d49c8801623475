#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "grammar/mask/byte_trie.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth::grammar {

class TokenTable;

/// The code points of a Loop.
struct LoopSet {
  std::bitset<128> ascii;
  bool beyond_ascii = false;

  /// Those of JSON strings as they are: all but quotes, backslashes and control characters.
  static LoopSet json_text();
  bool operator==(const LoopSet&) const = default;
};

/// A vocabulary as a loop sees it: the tokens wholly inside, by their number of code points, of which the
/// last may be unfinished, and those that leave it, by the bytes from the first code point outside on. Safe
/// to share between threads; what is seldom wanted is made on the first use.
class LoopTokens {
 public:
  /// Tokens that leave: those that start with the string of a node of the vocabulary's trie, of which the
  /// last byte is outside, behind `count` code points inside.
  struct Exit {
    uint32_t node;
    uint32_t count;
  };

  /// The rests that begin with one byte, in a trie of their own. Its values are indices of `ids` and
  /// `counts`.
  struct Rests {
    ByteTrie trie;
    std::vector<TokenId> ids;
    std::vector<uint32_t> counts;  ///< code points inside the loop before the rest
    uint32_t max_count = 0;
  };

  LoopTokens(const TokenTable& table, const LoopSet& set);
  LoopTokens(const LoopTokens&) = delete;
  LoopTokens& operator=(const LoopTokens&) = delete;

  /// Adds the tokens wholly inside of at most `count` code points.
  void add_inside(uint32_t count, std::span<uint64_t> words) const;
  /// The most code points that a token has inside.
  uint32_t max_count() const { return max_count_; }
  /// The bytes that rests begin with.
  std::span<const uint8_t> exit_bytes() const { return exit_bytes_; }
  std::span<const Exit> exits(uint8_t byte) const {
    return std::span(exits_).subspan(first_exit_[byte], first_exit_[byte + 1] - first_exit_[byte]);
  }
  /// Null where there are too many for a trie of their own to be worth its making.
  const Rests* rests(uint8_t byte) const;
  /// Makes what is seldom wanted.
  void prepare() const;

  size_t memory_size() const;

 private:
  static constexpr uint32_t kMaxCounted = 64;  ///< counts up to this have a mask each

  struct Inside {
    TokenId id;
    uint32_t count;
  };
  struct LazyRests {
    std::once_flag once;
    std::unique_ptr<Rests> rests;
  };

  void collect(const LoopSet& set);
  void sort_inside();
  void ensure_counted() const;
  void make_counted() const;
  std::unique_ptr<Rests> make_rests(uint8_t byte) const;

  const TokenTable* table_;
  std::vector<uint64_t> inside_;
  std::vector<Inside> inside_tokens_;  ///< by count
  std::vector<Exit> exits_;            ///< by the byte that the rests begin with
  std::array<uint32_t, 257> first_exit_ = {};
  std::vector<uint8_t> exit_bytes_;
  uint32_t max_count_ = 0;

  mutable std::once_flag counted_once_;
  mutable std::vector<std::vector<uint64_t>> counted_;  ///< [count - 1]
  mutable std::array<LazyRests, 256> rests_;
};

/// The LoopTokens of a vocabulary, those used last kept. Safe to share between threads.
class LoopTokenCache {
 public:
  /// Keeps a reference to the table, which owns it.
  explicit LoopTokenCache(const TokenTable& table);

  std::shared_ptr<const LoopTokens> get(const LoopSet& set);
  size_t memory_size() const;

 private:
  static constexpr size_t kMaxEntries = 32;
  static constexpr size_t kMaxSize = size_t(12) << 20;

  struct Entry {
    LoopSet set;
    std::shared_ptr<const LoopTokens> tokens;
  };

  std::shared_ptr<const LoopTokens> find(const LoopSet& set);
  void evict();

  const TokenTable* table_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  ///< used last first
};

}  // namespace hearth::grammar
