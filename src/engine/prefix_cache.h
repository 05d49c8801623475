#pragma once

#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/kv_ledger.h"
#include "text/vocab_data.h"

namespace hearth {

/// Remembers the KV blocks of tokens that were computed, as a tree of whole blocks by what they hold and what
/// came before, so that a prompt that begins like an earlier one shares them. Holds a reference to each block
/// it knows; what nobody else holds is given up when blocks run short, the least recently used first, ends
/// before beginnings. In groups with a window only the blocks that a sequence still held are known, and a
/// prefix counts as far as everything that its next position sees is there. Not thread-safe; must not outlive
/// the ledger.
class PrefixCache final : public KvLedger::Reclaimer {
 public:
  explicit PrefixCache(KvLedger& ledger);
  ~PrefixCache() override;
  PrefixCache(const PrefixCache&) = delete;
  PrefixCache& operator=(const PrefixCache&) = delete;

  /// Gives an empty sequence the blocks of the longest known prefix of `tokens`; returns its tokens, a
  /// multiple of the block size. Prefixes of another `salt` are not seen.
  size_t match(std::string_view salt, std::span<const TokenId> tokens, BlockTables& tables);

  /// Learns the whole blocks of `tokens`, all of which are computed. Where a block is known already, the
  /// sequence takes the known one for its own: so what it holds always reaches back to the root, and only
  /// ends are idle.
  void insert(std::string_view salt, std::span<const TokenId> tokens, BlockTables& tables);

  /// Gives up one block of a group. False where all are in use.
  bool reclaim(size_t group) override;

  /// Gives up everything.
  void clear();

  size_t num_nodes() const { return recency_.size(); }

 private:
  static constexpr BlockId kNoBlock = -1;

  struct Node {
    Node* parent = nullptr;
    std::vector<TokenId> tokens;  ///< of its block; empty for a root
    std::vector<BlockId> blocks;  ///< [groups]; kNoBlock: not known
    std::map<std::vector<TokenId>, std::unique_ptr<Node>> children;
    std::list<Node*>::iterator recency;
  };

  Node& root(std::string_view salt);
  std::vector<Node*> path_of(Node& root, std::span<const TokenId> tokens) const;
  bool is_usable(const std::vector<Node*>& path, size_t length) const;
  void touch(const std::vector<Node*>& path);
  bool is_idle(const Node& node, size_t group) const;
  bool is_idle_leaf(const Node& node) const;
  void remove(Node& node);

  KvLedger& ledger_;
  std::map<std::string, Node, std::less<>> roots_;
  std::list<Node*> recency_;  ///< every node but the roots, least recently used first
};

}  // namespace hearth
