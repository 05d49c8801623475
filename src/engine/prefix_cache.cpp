#include "engine/prefix_cache.h"

#include <utility>

#include "backend/ops.h"

namespace hearth {
namespace {

constexpr size_t kBlock = kKvBlockTokens;

std::vector<TokenId> block_of(std::span<const TokenId> tokens, size_t index) {
  const auto part = tokens.subspan(index * kBlock, kBlock);
  return {part.begin(), part.end()};
}

}  // namespace

PrefixCache::PrefixCache(KvLedger& ledger) : ledger_(ledger) { ledger_.set_reclaimer(this); }

PrefixCache::~PrefixCache() {
  clear();
  ledger_.set_reclaimer(nullptr);
}

PrefixCache::Node& PrefixCache::root(std::string_view salt) {
  const auto found = roots_.find(salt);
  return found != roots_.end() ? found->second : roots_[std::string(salt)];
}

std::vector<PrefixCache::Node*> PrefixCache::path_of(Node& root, std::span<const TokenId> tokens) const {
  std::vector<Node*> path;
  Node* node = &root;
  for (size_t i = 0; i < tokens.size() / kBlock; ++i) {
    const auto child = node->children.find(block_of(tokens, i));
    if (child == node->children.end()) break;
    path.push_back(node = child->second.get());
  }
  return path;
}

/// Whether a sequence could go on behind the first `length` blocks of the path.
bool PrefixCache::is_usable(const std::vector<Node*>& path, size_t length) const {
  for (size_t g = 0; g < ledger_.num_groups(); ++g) {
    for (size_t i = ledger_.first_block_seen(g, length * kBlock); i < length; ++i) {
      if (path[i]->blocks[g] == kNoBlock) return false;
    }
  }
  return true;
}

void PrefixCache::touch(const std::vector<Node*>& path) {
  // Beginnings last, so that they are given up after their ends.
  for (size_t i = path.size(); i-- > 0;) recency_.splice(recency_.end(), recency_, path[i]->recency);
}

size_t PrefixCache::match(std::string_view salt, std::span<const TokenId> tokens, BlockTables& tables) {
  std::vector<Node*> path = path_of(root(salt), tokens);
  size_t length = path.size();
  while (length > 0 && !is_usable(path, length)) --length;
  path.resize(length);
  touch(path);
  for (size_t g = 0; g < ledger_.num_groups(); ++g) {
    std::vector<BlockId> blocks;
    for (const Node* node : path) blocks.push_back(node->blocks[g]);
    ledger_.share(tables, g, std::move(blocks), ledger_.first_block_seen(g, length * kBlock));
  }
  return length * kBlock;
}

void PrefixCache::insert(std::string_view salt, std::span<const TokenId> tokens, BlockTables& tables) {
  Node* node = &root(salt);
  std::vector<Node*> path;
  for (size_t i = 0; i < tokens.size() / kBlock; ++i) {
    std::unique_ptr<Node>& child = node->children[block_of(tokens, i)];
    if (child == nullptr) {
      child = std::make_unique<Node>();
      child->parent = node;
      child->tokens = block_of(tokens, i);
      child->blocks.assign(ledger_.num_groups(), kNoBlock);
      child->recency = recency_.insert(recency_.end(), child.get());
    }
    for (size_t g = 0; g < ledger_.num_groups(); ++g) {
      if (i < tables.num_passed[g]) continue;
      BlockId& own = tables.groups[g][i];
      BlockId& known = child->blocks[g];
      if (known == kNoBlock) {
        known = own;
        ledger_.retain(g, known);
      } else if (known != own) {
        ledger_.retain(g, known);
        ledger_.give_up(g, own);
        own = known;
      }
    }
    path.push_back(node = child.get());
  }
  touch(path);
}

/// Whether the node knows a block of the group that nobody else holds.
bool PrefixCache::is_idle(const Node& node, size_t group) const {
  return node.blocks[group] != kNoBlock && ledger_.pool(group).ref_count(node.blocks[group]) == 1;
}

bool PrefixCache::is_idle_leaf(const Node& node) const {
  if (!node.children.empty()) return false;
  for (size_t g = 0; g < ledger_.num_groups(); ++g) {
    if (node.blocks[g] != kNoBlock && !is_idle(node, g)) return false;
  }
  return true;
}

void PrefixCache::remove(Node& node) {
  for (size_t g = 0; g < ledger_.num_groups(); ++g) {
    if (node.blocks[g] != kNoBlock) ledger_.give_up(g, node.blocks[g]);
  }
  recency_.erase(node.recency);
  node.parent->children.erase(std::vector<TokenId>(node.tokens));
}

bool PrefixCache::reclaim(size_t group) {
  for (Node* node : recency_) {
    if (!is_idle(*node, group)) continue;
    if (is_idle_leaf(*node)) {
      remove(*node);
      return true;
    }
    // Behind a window, a block may be idle while what follows it is in use.
    if (ledger_.window(group) > 0) {
      ledger_.give_up(group, node->blocks[group]);
      node->blocks[group] = kNoBlock;
      return true;
    }
  }
  return false;
}

void PrefixCache::clear() {
  for (Node* node : recency_) {
    for (size_t g = 0; g < ledger_.num_groups(); ++g) {
      if (node->blocks[g] != kNoBlock) ledger_.give_up(g, node->blocks[g]);
    }
  }
  recency_.clear();
  // Node by node: a long text is a chain that a recursive end would follow on the stack.
  std::vector<std::unique_ptr<Node>> ending;
  const auto take_children = [&](Node& node) {
    for (auto& [tokens, child] : node.children) ending.push_back(std::move(child));
    node.children.clear();
  };
  for (auto& [salt, node] : roots_) take_children(node);
  while (!ending.empty()) {
    const std::unique_ptr<Node> node = std::move(ending.back());
    ending.pop_back();
    take_children(*node);
  }
  roots_.clear();
}

}  // namespace hearth
