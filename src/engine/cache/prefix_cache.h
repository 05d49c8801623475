#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/cache/block_key.h"
#include "engine/cache/block_memory.h"
#include "engine/cache/kv_ledger.h"
#include "engine/cache/prefix_text.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// Where evicted blocks are kept.
class ColdBlocks {
 public:
  virtual ~ColdBlocks() = default;
  /// Keeps the contents of the blocks, one for each group; kNoBlock: not resident.
  virtual void save(const BlockKey& key, std::span<const TokenId> tokens,
                    std::span<const BlockId> blocks) = 0;
  /// Which groups are kept under a key, bit by bit; 0: none.
  virtual uint32_t groups_of(const BlockKey& key) = 0;
  /// Begins to read the blocks of these keys, in this order, as far as there is room. What was fetched for
  /// others is dropped.
  virtual void fetch(std::span<const BlockKey> keys) = 0;
  /// Whether `load` would not wait for the disk.
  virtual bool is_fetched(const BlockKey& key) = 0;
  /// Fills the blocks that are not kNoBlock. False, with the key dropped, where it cannot.
  virtual bool load(const BlockKey& key, std::span<const TokenId> tokens,
                    std::span<const BlockId> blocks) = 0;
};

/// A tree of computed KV blocks, keyed by their tokens and contents and all before them, so that a prompt
/// shares the blocks of its longest cached prefix. Whole blocks are shared; a block that matches only in its
/// first tokens is copied. Holds a reference to each resident block. Idle blocks are evicted when blocks run
/// short, least recently used first, ends before beginnings, and saved as cold blocks where there is a place
/// for them. In a group with a window a prefix is a hit if all that its next position sees is resident; there
/// beginnings are evicted first, since the next turn needs what the ends see. A recurrent state is kept at
/// some positions only, and a hit ends at one of them. Not thread-safe; must not outlive the ledger.
class PrefixCache final : public KvLedger::Evictor {
 public:
  /// Both may be null: then only whole blocks are shared, or evicted blocks are not kept.
  explicit PrefixCache(KvLedger& ledger, BlockCopier* copier = nullptr, ColdBlocks* cold = nullptr);
  ~PrefixCache() override;
  PrefixCache(const PrefixCache&) = delete;
  PrefixCache& operator=(const PrefixCache&) = delete;

  /// What `match` would hit, whole blocks only.
  struct Known {
    size_t num_blocks = 0;
    int64_t num_idle = 0;  ///< of those in the first group, held by no sequence
  };
  Known peek(const PrefixText& text) const;

  /// Whether there are cold blocks behind the resident ones of a text.
  bool has_cold(const PrefixText& text) const;
  /// Makes cold blocks resident: a few that are fetched, or with `patient` all, waiting for the disk. Returns
  /// whether more are to come. Each takes one of `num_left`; at zero no more are loaded.
  bool load_cold(const PrefixText& text, bool patient, size_t& num_left);
  /// Drops what `load_cold` has begun to fetch.
  void stop_loading();

  struct Match {
    size_t num_tokens = 0;  ///< of the hit, which the sequence has now
    size_t num_known = 0;   ///< of the longest prefix in the tree, whole blocks only
  };
  /// Gives an empty sequence the blocks of the longest prefix of `text` that it can continue from. Prefixes
  /// of another salt or adapter are not seen.
  Match match(const PrefixText& text, BlockTables& tables);

  /// Adds the whole blocks of `text`, all of which are computed, and with `with_tail` the rest, to which
  /// the sequence may still append. Where a block is resident already, the sequence holds that one in place
  /// of its own: so what it holds always reaches back to the root, and only ends are idle.
  void insert(const PrefixText& text, BlockTables& tables, bool with_tail);

  /// Evicts one block of a group. False where all are in use.
  bool evict(size_t group) override;

  /// Saves resident blocks as cold ones, most recently used first, as long as `wanted` says yes.
  void save_all(const std::function<bool()>& wanted);

  /// Evicts everything, without saving it.
  void clear();

  size_t num_nodes() const { return num_nodes_; }
  bool copies_tails() const { return copier_ != nullptr; }

 private:
  struct Node;
  using Recency = std::list<Node*>;
  struct Node {
    Node* parent = nullptr;
    BlockText text;               ///< of its block, shorter than it in a tail; empty for a root
    std::vector<BlockId> blocks;  ///< [groups]; kNoBlock: not resident
    std::map<BlockText, std::unique_ptr<Node>> children;
    std::vector<Recency::iterator> recency;  ///< [groups] valid where the block is resident
    BlockKey key;                            ///< with cold blocks only
  };
  using Path = std::vector<Node*>;
  /// A block that is kept on disk.
  struct Cold {
    BlockKey key;
    uint32_t groups;
  };

  /// What texts must have alike to share anything.
  struct Root {
    std::string salt, adapter;
  };
  struct RootOrder {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const {
      return std::pair<std::string_view, std::string_view>(a.salt, a.adapter) <
             std::pair<std::string_view, std::string_view>(b.salt, b.adapter);
    }
  };

  const Node* find_root(const PrefixText& text) const;
  Node& root(const PrefixText& text);
  Path path_of(const PrefixText& text) const;
  /// Number of blocks of the longest prefix of the path, and of the cold blocks behind it, that a sequence
  /// could continue from.
  size_t usable_length(const Path& path, std::span<const Cold> cold = {}) const;
  /// Whether a sequence could continue from the first `length` blocks of them. A tail brings all states, so
  /// with one only the groups that keep positions count.
  bool is_usable(const Path& path, std::span<const Cold> cold, size_t length, bool with_tail) const;
  Node& child_of(Node& parent, BlockText text);
  /// Adds what the last block has of the whole text.
  void add_tail(Node& parent, const PrefixText& text, const BlockTables& tables);
  /// A child that is resident in all groups, and how many of its first positions match.
  struct Tail {
    Node* node = nullptr;
    size_t num_tokens = 0;
  };
  Tail find_tail(Node& parent, const BlockText& wanted) const;
  Tail find_exact_tail(Node& parent, BlockText wanted) const;
  /// A position to continue from.
  struct Place {
    size_t length = 0;  ///< blocks of the path
    Tail tail;
  };
  Place find_place(const Path& path, Node& root, const PrefixText& text) const;
  bool resume_from(const Path& path, const Place& place, BlockTables& tables);
  std::vector<Cold> cold_behind(const Path& path, const PrefixText& text, size_t most) const;
  bool load_node(Node& node, uint32_t groups);

  void add_block(Node& node, size_t group, BlockId block);
  void drop_block(Node& node, size_t group);
  void touch(const Path& path);
  bool is_idle(const Node& node, size_t group) const;
  /// Whether a block of each group is resident.
  static bool is_whole(const Node& node);
  bool is_idle_leaf(const Node& node) const;
  void save(const Node& node);
  void drop(Node& node);
  void prune(Node* node);

  KvLedger& ledger_;
  BlockCopier* copier_;
  ColdBlocks* cold_;
  std::map<Root, Node, RootOrder> roots_;
  std::vector<Recency> recency_;  ///< [groups] nodes with a resident block, least recently used first
  size_t num_nodes_ = 0;
};

}  // namespace hearth
