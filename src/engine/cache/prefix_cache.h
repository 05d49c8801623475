#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cache/block_key.h"
#include "engine/cache/block_memory.h"
#include "engine/cache/kv_ledger.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// Where blocks go that memory has no room for.
class ColdBlocks {
 public:
  virtual ~ColdBlocks() = default;
  /// Keeps what the blocks hold, one for each group; kNoBlock: not known.
  virtual void save(const BlockKey& key, std::span<const TokenId> tokens,
                    std::span<const BlockId> blocks) = 0;
  /// Which groups are kept under a key, bit by bit; 0: none.
  virtual uint32_t groups_of(const BlockKey& key) = 0;
  /// Begins to read what is kept under these keys, in this order, as far as there is room for it. What was
  /// fetched under others is forgotten.
  virtual void fetch(std::span<const BlockKey> keys) = 0;
  /// Whether `load` would answer at once.
  virtual bool is_fetched(const BlockKey& key) = 0;
  /// Fills the blocks that are not kNoBlock. False, with the key forgotten, where it cannot.
  virtual bool load(const BlockKey& key, std::span<const TokenId> tokens,
                    std::span<const BlockId> blocks) = 0;
};

/// Remembers the KV blocks of tokens that were computed, as a tree of blocks by what they hold and what came
/// before, so that a prompt that begins like an earlier one shares them. Whole blocks are shared; of a block
/// that agrees only in its first tokens, the prompt gets a copy to go on in. Holds a reference to each block
/// it knows; what nobody else holds is given up when blocks run short, the least recently used first, ends
/// before beginnings, and goes to the cold blocks where there are some. In groups with a window a prefix
/// counts as far as everything that its next position sees is there; there beginnings go first, since what
/// the ends see is what a next turn needs. Of a recurrent state it knows some places, and only there a prefix
/// ends. Not thread-safe; must not outlive the ledger.
class PrefixCache final : public KvLedger::Reclaimer {
 public:
  /// Both may be null: then only whole blocks are shared, or nothing is kept beyond memory.
  explicit PrefixCache(KvLedger& ledger, BlockCopier* copier = nullptr, ColdBlocks* cold = nullptr);
  ~PrefixCache() override;
  PrefixCache(const PrefixCache&) = delete;
  PrefixCache& operator=(const PrefixCache&) = delete;

  /// What `match` would find in memory, whole blocks only.
  struct Known {
    size_t num_blocks = 0;
    int64_t num_idle = 0;  ///< of those in the first group, held by nobody
  };
  Known peek(std::string_view salt, std::span<const TokenId> tokens) const;

  /// Whether the cold blocks go on where what memory knows of `tokens` ends.
  bool has_cold(std::string_view salt, std::span<const TokenId> tokens) const;
  /// Brings cold blocks back to memory: those at hand, a few in a call, or with `patient` all that there are.
  /// Returns whether more are to come. Each takes one of `num_left`, and without any left none come.
  bool load_cold(std::string_view salt, std::span<const TokenId> tokens, bool patient, size_t& num_left);
  /// Nobody waits any more for what `load_cold` has begun.
  void stop_loading();

  struct Match {
    size_t num_tokens = 0;  ///< of the prefix that the sequence has now
    size_t num_known = 0;   ///< up to where others had the same tokens, whole blocks only
  };
  /// Gives an empty sequence the blocks of the longest prefix of `tokens` that it can go on behind. Prefixes
  /// of another `salt` are not seen.
  Match match(std::string_view salt, std::span<const TokenId> tokens, BlockTables& tables);

  /// Learns the whole blocks of `tokens`, all of which are computed, and with `with_tail` the rest, which the
  /// sequence may go on to append to. Where a block is known already, the sequence takes the known one for
  /// its own: so what it holds always reaches back to the root, and only ends are idle.
  void insert(std::string_view salt, std::span<const TokenId> tokens, BlockTables& tables, bool with_tail);

  /// Gives up one block of a group. False where all are in use.
  bool reclaim(size_t group) override;

  /// Saves what is idle to the cold blocks, most recently used first, as far as `wanted` says yes.
  void save_all(const std::function<bool()>& wanted);

  /// Gives up everything, without saving it.
  void clear();

  size_t num_nodes() const { return num_nodes_; }
  bool copies_tails() const { return copier_ != nullptr; }

 private:
  struct Node;
  using Recency = std::list<Node*>;
  struct Node {
    Node* parent = nullptr;
    std::vector<TokenId> tokens;  ///< of its block, fewer than it holds in a tail; empty for a root
    std::vector<BlockId> blocks;  ///< [groups]; kNoBlock: not known
    std::map<std::vector<TokenId>, std::unique_ptr<Node>> children;
    std::vector<Recency::iterator> recency;  ///< [groups] valid where the block is known
    BlockKey key;                            ///< with cold blocks only
  };
  using Path = std::vector<Node*>;
  /// A block that is kept beyond memory.
  struct Cold {
    BlockKey key;
    uint32_t groups;
  };

  const Node* find_root(std::string_view salt) const;
  Node& root(std::string_view salt);
  Path path_of(std::string_view salt, std::span<const TokenId> tokens) const;
  /// The blocks of the longest head of the path, and of the cold blocks behind it, that a sequence could go
  /// on behind.
  size_t usable_length(const Path& path, std::span<const Cold> cold = {}) const;
  /// Whether a sequence could go on behind `length` blocks of them; with a tail, which has all states, as far
  /// as positions go.
  bool is_usable(const Path& path, std::span<const Cold> cold, size_t length, bool with_tail) const;
  Node& child_of(Node& parent, std::span<const TokenId> tokens);
  /// Of all `tokens`, what the last block has of them.
  void add_tail(Node& parent, std::span<const TokenId> tokens, const BlockTables& tables);
  /// A child that is known whole, and how many of its first tokens are wanted and can be gone on behind.
  struct Tail {
    Node* node = nullptr;
    size_t num_tokens = 0;
  };
  Tail find_tail(Node& parent, std::span<const TokenId> tokens) const;
  Tail find_exact_tail(Node& parent, std::span<const TokenId> tokens) const;
  /// A place to go on from.
  struct Place {
    size_t length = 0;  ///< blocks of the path
    Tail tail;
  };
  Place find_place(const Path& path, Node& root, std::span<const TokenId> tokens) const;
  bool go_on_from(const Path& path, const Place& place, BlockTables& tables);
  std::vector<Cold> cold_behind(const Path& path, std::string_view salt, std::span<const TokenId> tokens,
                                size_t most) const;
  bool load_node(Node& node, uint32_t groups);

  void learn(Node& node, size_t group, BlockId block);
  void forget(Node& node, size_t group);
  void touch(const Path& path);
  bool is_idle(const Node& node, size_t group) const;
  /// Whether it knows a block of each group.
  static bool is_whole(const Node& node);
  bool is_idle_leaf(const Node& node) const;
  void save(const Node& node);
  void drop(Node& node);
  void prune(Node* node);

  KvLedger& ledger_;
  BlockCopier* copier_;
  ColdBlocks* cold_;
  std::map<std::string, Node, std::less<>> roots_;
  std::vector<Recency> recency_;  ///< [groups] nodes that know a block of it, least recently used first
  size_t num_nodes_ = 0;
};

}  // namespace hearth
