#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "grammar/loop_set.h"
#include "grammar/mask/byte_trie.h"
#include "grammar/mask/code_point_counts.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth::grammar {

class TokenTable;

/// A vocabulary as a loop sees it: the tokens wholly inside, of which the last code point may be unfinished,
/// and those that leave it, by the bytes from the first code point outside on. Safe to share between threads;
/// what is seldom wanted is made on the first use.
class LoopTokens {
 public:
  /// Tokens that leave: those that start with the string of a node of the vocabulary's trie. Behind `count`
  /// code points inside, one outside begins with the byte at `depth`; at the node that is certain.
  struct Exit {
    uint32_t node;
    uint32_t depth;
    uint32_t count;
  };

  /// Rests that begin with one byte, in a trie of their own. Its values are indices of `ids`.
  struct RestTrie {
    ByteTrie trie;
    std::vector<TokenId> ids;
  };

  /// The rests of the tokens that leave with one byte, in a trie that may hold others.
  struct Rests {
    std::shared_ptr<const RestTrie> all;
    /// By value of the trie: code points inside the loop before the rest; above max_count: it is another's.
    std::vector<uint32_t> counts;
    uint32_t max_count = 0;
    bool has_others = false;
  };

  /// `wider`: of a set that contains this one, or null; it stays as long as this does.
  LoopTokens(const TokenTable& table, const LoopSet& set, std::shared_ptr<const LoopTokens> wider);
  LoopTokens(const LoopTokens&) = delete;
  LoopTokens& operator=(const LoopTokens&) = delete;

  /// The tokens wholly inside.
  std::span<const uint64_t> inside() const { return inside_; }
  /// The most code points that a token has inside.
  uint32_t max_count() const { return max_count_; }
  /// The bytes that rests begin with.
  std::span<const uint8_t> exit_bytes() const { return exit_bytes_; }
  std::span<const Exit> exits(uint8_t byte) const {
    return std::span(exits_).subspan(first_exit_[byte], first_exit_[byte + 1] - first_exit_[byte]);
  }
  /// A mask is made of these. Each lets a few more rests have a trie.
  void count_use() const;
  /// Null where a trie of their own is not worth its making (yet).
  const Rests* rests(uint8_t byte) const;
  /// Makes what is seldom wanted.
  void prepare() const;

  size_t memory_size() const;

 private:
  struct LazyRests {
    std::once_flag once;
    std::unique_ptr<Rests> rests;
    std::atomic<bool> is_made = false;
  };

  void collect();
  void sort_exits(std::span<const Exit> exits, std::span<const uint8_t> bytes);
  bool is_inside(std::string_view text) const;
  const Rests* ensure_rests(uint8_t byte) const;
  size_t num_rests(uint8_t byte) const;
  bool can_afford(size_t num_rests) const;
  std::unique_ptr<Rests> make_rests(uint8_t byte) const;
  /// Out of the wider set's.
  std::unique_ptr<Rests> pick_rests(const Rests& wider) const;

  const TokenTable* table_;
  LoopSet set_;
  std::shared_ptr<const LoopTokens> wider_;
  std::vector<uint64_t> inside_;
  std::vector<Exit> exits_;  ///< by the byte that the rests begin with
  std::array<uint32_t, 257> first_exit_ = {};
  std::vector<uint8_t> exit_bytes_;
  uint32_t max_count_ = 0;
  mutable std::array<LazyRests, 256> rests_;
  mutable std::atomic<uint32_t> num_affordable_ = 0;  ///< rests that may be put into tries
};

/// The LoopTokens of a vocabulary, those used last kept. Safe to share between threads.
class LoopTokenCache {
 public:
  /// Keeps a reference to the table, which owns it.
  explicit LoopTokenCache(const TokenTable& table);

  std::shared_ptr<const LoopTokens> get(const LoopSet& set);
  const CodePointCounts& counts() const { return counts_; }
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
  CodePointCounts counts_;
  std::shared_ptr<const LoopTokens> text_;  ///< of LoopSet::json_text(), which most others are part of
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  ///< used last first
};

}  // namespace hearth::grammar
