#include "engine/cache/prefix_cache.h"

#include <algorithm>
#include <utility>

#include "backend/ops.h"
#include "base/check.h"

namespace hearth {
namespace {

constexpr size_t kBlock = kKvBlockTokens;
// A copy costs less than computing even a single token.
constexpr size_t kLeastCopied = 1;
// Cold blocks loaded in one step: each is a copy of about a megabyte, which decoding sequences wait for.
constexpr size_t kLoadedAtOnce = 4;
constexpr size_t kFetchedAhead = 16;

}  // namespace

PrefixCache::PrefixCache(KvLedger& ledger, BlockCopier* copier, ColdBlocks* cold)
    : ledger_(ledger), copier_(copier), cold_(cold), recency_(ledger.num_groups()) {
  ledger_.set_evictor(this);
}

PrefixCache::~PrefixCache() {
  clear();
  ledger_.set_evictor(nullptr);
}

const PrefixCache::Node* PrefixCache::find_root(const PrefixText& text) const {
  const auto found = roots_.find(text);
  return found != roots_.end() ? &found->second : nullptr;
}

PrefixCache::Node& PrefixCache::root(const PrefixText& text) {
  const auto found = roots_.find(text);
  if (found != roots_.end()) return found->second;
  Node& made = roots_[{std::string(text.salt), std::string(text.adapter)}];
  made.blocks.assign(ledger_.num_groups(), kNoBlock);
  if (cold_ != nullptr) made.key = root_key(text.salt, text.adapter);
  return made;
}

PrefixCache::Path PrefixCache::path_of(const PrefixText& text) const {
  Path path;
  const Node* node = find_root(text);
  for (size_t i = 0; node != nullptr && i < text.size() / kBlock; ++i) {
    const auto child = node->children.find(text.block(i));
    if (child == node->children.end()) break;
    path.push_back(child->second.get());
    node = path.back();
  }
  return path;
}

bool PrefixCache::is_usable(const Path& path, std::span<const Cold> cold, size_t length,
                            bool with_tail) const {
  const auto is_known = [&](size_t index, size_t group) {
    return index < path.size() ? path[index]->blocks[group] != kNoBlock
                               : (cold[index - path.size()].groups >> group & 1) != 0;
  };
  for (size_t g = 0; g < ledger_.num_groups(); ++g) {
    const CacheGroup& group = ledger_.group(g);
    if (with_tail && !group.keeps_positions()) continue;
    for (size_t i = group.first_block_seen(length * kBlock); i < length; ++i) {
      if (!is_known(i, g)) return false;
    }
  }
  return true;
}

size_t PrefixCache::usable_length(const Path& path, std::span<const Cold> cold) const {
  size_t length = path.size() + cold.size();
  while (length > 0 && !is_usable(path, cold, length, false)) --length;
  return length;
}

PrefixCache::Known PrefixCache::peek(const PrefixText& text) const {
  const Path path = path_of(text);
  Known known{.num_blocks = usable_length(path)};
  for (size_t i = 0; i < known.num_blocks; ++i) known.num_idle += int64_t(is_idle(*path[i], 0));
  return known;
}

PrefixCache::Match PrefixCache::match(const PrefixText& text, BlockTables& tables) {
  const auto found = roots_.find(text);
  if (found == roots_.end()) return {};
  const Path path = path_of(text);
  Match match{.num_known = path.size() * kBlock};
  Place place = find_place(path, found->second, text);
  if (!resume_from(path, place, tables)) {
    // There is no room for a copy of a tail.
    ledger_.release(tables);
    place = {usable_length(path), {}};
    CHECK(resume_from(path, place, tables));
  }
  match.num_tokens = place.length * kBlock + place.tail.num_tokens;
  ledger_.pass(tables, match.num_tokens);
  return match;
}

/// The furthest one: the states of a tail may be resident where those of whole blocks behind it are not.
PrefixCache::Place PrefixCache::find_place(const Path& path, Node& root, const PrefixText& text) const {
  for (size_t length = path.size(); true; --length) {
    Node& parent = length > 0 ? *path[length - 1] : root;
    if (is_usable(path, {}, length, true)) {
      const Tail tail = find_tail(parent, text.block(length));
      if (tail.node != nullptr) return {length, tail};
    }
    if (length == 0 || is_usable(path, {}, length, false)) return {length, {}};
  }
}

/// The child with the longest match.
PrefixCache::Tail PrefixCache::find_tail(Node& parent, const BlockText& wanted) const {
  if (copier_ == nullptr || parent.children.empty()) return {};
  if (!ledger_.keeps_positions()) return find_exact_tail(parent, wanted);
  // Children are ordered position by position, so the longest match is a neighbour of the wanted one's place.
  Tail best;
  const auto consider = [&](Node& node) {
    const size_t common = common_prefix(node.text, wanted);
    if (is_whole(node) && common >= kLeastCopied && common > best.num_tokens) best = {&node, common};
  };
  const auto behind = parent.children.lower_bound(wanted);
  if (behind != parent.children.end()) consider(*behind->second);
  if (behind != parent.children.begin()) consider(*std::prev(behind)->second);
  return best;
}

/// The longest child that is a prefix of the wanted text.
PrefixCache::Tail PrefixCache::find_exact_tail(Node& parent, BlockText wanted) const {
  wanted.resize(std::min(wanted.size(), kBlock - 1));
  for (; wanted.size() > 0; wanted.resize(wanted.size() - 1)) {
    const auto found = parent.children.find(wanted);
    if (found != parent.children.end() && is_whole(*found->second))
      return {found->second.get(), wanted.size()};
  }
  return {};
}

/// Shares the whole blocks and the tail's states, and copies the tail's positions. False, with anything in
/// the tables, where there is no room for the copy.
bool PrefixCache::resume_from(const Path& path, const Place& place, BlockTables& tables) {
  const auto& [length, tail] = place;
  for (size_t g = 0; g < ledger_.num_groups(); ++g) {
    const CacheGroup& group = ledger_.group(g);
    std::vector<BlockId> prefix;
    for (size_t i = 0; i < length; ++i) prefix.push_back(path[i]->blocks[g]);
    if (tail.node != nullptr && !group.keeps_positions()) prefix = {tail.node->blocks[g]};
    ledger_.share(tables, g, prefix, std::min(group.first_block_seen(length * kBlock), prefix.size()));
  }
  touch({path.begin(), path.begin() + ptrdiff_t(length)});
  if (tail.node == nullptr) return true;

  // Retained while blocks are allocated, so that the tail itself is not evicted.
  const std::vector<BlockId> sources = tail.node->blocks;
  for (size_t g = 0; g < sources.size(); ++g) ledger_.retain(g, sources[g]);
  const bool grown = ledger_.grow(tables, length * kBlock + tail.num_tokens);
  if (grown) {
    touch({tail.node});
    for (size_t g = 0; g < sources.size(); ++g) {
      if (ledger_.group(g).keeps_positions()) {
        copier_->copy(g, sources[g], tables.groups[g].blocks[length]);
      }
    }
  }
  for (size_t g = 0; g < sources.size(); ++g) ledger_.release(g, sources[g]);
  return grown;
}

PrefixCache::Node& PrefixCache::child_of(Node& parent, BlockText text) {
  const auto place = parent.children.lower_bound(text);
  if (place != parent.children.end() && place->first == text) return *place->second;
  // A tail that this block extends is of no more use, but for its state.
  if (place != parent.children.begin() && ledger_.keeps_positions()) {
    Node& before = *std::prev(place)->second;
    if (before.text.size() < kBlock && common_prefix(before.text, text) == before.text.size()) drop(before);
  }
  auto child = std::make_unique<Node>();
  child->parent = &parent;
  child->text = text;
  child->blocks.assign(ledger_.num_groups(), kNoBlock);
  child->recency.resize(ledger_.num_groups());
  if (cold_ != nullptr) child->key = child_key(parent.key, text);
  ++num_nodes_;
  return *parent.children.emplace(std::move(text), std::move(child)).first->second;
}

void PrefixCache::insert(const PrefixText& text, BlockTables& tables, bool with_tail) {
  const bool has_tail = with_tail && copier_ != nullptr && text.size() % kBlock != 0;
  if (text.size() < kBlock && !has_tail) return;
  Node* node = &root(text);
  Path path;
  const size_t num_whole = text.size() / kBlock;
  for (size_t i = 0; i < num_whole; ++i) {
    Node& child = child_of(*node, text.block(i));
    for (size_t g = 0; g < ledger_.num_groups(); ++g) {
      const BlockId own = ledger_.block_of(tables, g, i, text.size());
      if (own == kNoBlock) continue;
      if (child.blocks[g] == kNoBlock) {
        add_block(child, g, own);
      } else if (child.blocks[g] != own) {
        ledger_.replace(tables, g, i, child.blocks[g]);
      }
    }
    path.push_back(node = &child);
  }
  touch(path);
  if (has_tail) add_tail(*node, text, tables);
  prune(node);
}

void PrefixCache::add_tail(Node& parent, const PrefixText& text, const BlockTables& tables) {
  const size_t index = text.size() / kBlock;
  BlockText rest = text.block(index);
  const auto after = parent.children.lower_bound(rest);
  if (ledger_.keeps_positions() && after != parent.children.end() &&
      common_prefix(after->second->text, rest) == rest.size()) {
    return touch({after->second.get()});  // a resident one has as many tokens or more
  }
  std::vector<BlockId> own;
  for (size_t g = 0; g < ledger_.num_groups(); ++g) {
    own.push_back(ledger_.block_of(tables, g, index, text.size()));
    if (own.back() == kNoBlock) return;
  }
  Node& tail = child_of(parent, std::move(rest));
  for (size_t g = 0; g < ledger_.num_groups(); ++g) {
    if (tail.blocks[g] == kNoBlock) add_block(tail, g, own[g]);
  }
  touch({&tail});
}

void PrefixCache::add_block(Node& node, size_t group, BlockId block) {
  ledger_.cache(group, block);
  node.blocks[group] = block;
  node.recency[group] = recency_[group].insert(recency_[group].end(), &node);
}

void PrefixCache::drop_block(Node& node, size_t group) {
  ledger_.uncache(group, node.blocks[group]);
  node.blocks[group] = kNoBlock;
  recency_[group].erase(node.recency[group]);
}

void PrefixCache::touch(const Path& path) {
  for (size_t g = 0; g < ledger_.num_groups(); ++g) {
    Recency& order = recency_[g];
    const auto move_to_end = [&](Node* node) {
      if (node->blocks[g] != kNoBlock) order.splice(order.end(), order, node->recency[g]);
    };
    if (!ledger_.group(g).needs_all()) {
      const size_t first = ledger_.group(g).first_block_seen(path.size() * kBlock);
      std::for_each(path.begin() + ptrdiff_t(std::min(first, path.size())), path.end(), move_to_end);
    } else {
      std::for_each(path.rbegin(), path.rend(), move_to_end);
    }
  }
}

/// Whether the node's block of the group is resident and no sequence holds it.
bool PrefixCache::is_idle(const Node& node, size_t group) const {
  return node.blocks[group] != kNoBlock && ledger_.pool(group).is_idle(node.blocks[group]);
}

bool PrefixCache::is_whole(const Node& node) {
  return std::ranges::find(node.blocks, kNoBlock) == node.blocks.end();
}

/// States do not count: a sequence may hold one and continue in copies of the rest.
bool PrefixCache::is_idle_leaf(const Node& node) const {
  if (!node.children.empty()) return false;
  for (size_t g = 0; g < ledger_.num_groups(); ++g) {
    if (!ledger_.group(g).keeps_positions() || node.blocks[g] == kNoBlock) continue;
    if (!is_idle(node, g)) return false;
  }
  return true;
}

void PrefixCache::save(const Node& node) {
  if (cold_ != nullptr && node.text.size() == kBlock) cold_->save(node.key, node.text.tokens, node.blocks);
}

/// Removes a node without children from the tree.
void PrefixCache::drop(Node& node) {
  CHECK(node.children.empty());
  for (size_t g = 0; g < ledger_.num_groups(); ++g) {
    if (node.blocks[g] != kNoBlock) drop_block(node, g);
  }
  --num_nodes_;
  node.parent->children.erase(BlockText(node.text));
}

/// Removes a node without blocks or children, and parents that are left so.
void PrefixCache::prune(Node* node) {
  while (node != nullptr && node->children.empty()) {
    if (std::ranges::any_of(node->blocks, [](BlockId block) { return block != kNoBlock; })) return;
    Node* parent = node->parent;
    if (parent == nullptr) {
      std::erase_if(roots_, [&](const auto& entry) { return &entry.second == node; });
      return;
    }
    drop(*node);
    node = parent;
  }
}

bool PrefixCache::evict(size_t group) {
  for (Node* node : recency_[group]) {
    if (!is_idle(*node, group)) continue;
    if (is_idle_leaf(*node)) {
      save(*node);
      Node* parent = node->parent;
      drop(*node);
      prune(parent);
      return true;
    }
    // A block that a window has passed, or a state, may be idle while what follows it is in use.
    if (!ledger_.group(group).needs_all()) {
      save(*node);
      drop_block(*node, group);
      return true;
    }
  }
  return false;
}

void PrefixCache::save_all(const std::function<bool()>& wanted) {
  if (cold_ == nullptr || recency_.empty()) return;
  for (auto node = recency_[0].rbegin(); node != recency_[0].rend() && wanted(); ++node) save(**node);
}

/// The cold blocks behind a path; looks them up and reads nothing.
std::vector<PrefixCache::Cold> PrefixCache::cold_behind(const Path& path, const PrefixText& text,
                                                        size_t most) const {
  std::vector<Cold> cold;
  BlockKey key = path.empty() ? root_key(text.salt, text.adapter) : path.back()->key;
  for (size_t i = path.size(); i < text.size() / kBlock && cold.size() < most; ++i) {
    key = child_key(key, text.block(i));
    const uint32_t groups = cold_->groups_of(key);
    if (groups == 0) break;
    cold.push_back({key, groups});
  }
  return cold;
}

bool PrefixCache::has_cold(const PrefixText& text) const {
  return cold_ != nullptr && !cold_behind(path_of(text), text, 1).empty();
}

bool PrefixCache::load_cold(const PrefixText& text, bool patient, size_t& num_left) {
  if (cold_ == nullptr) return false;
  const Path path = path_of(text);
  const std::vector<Cold> cold = cold_behind(path, text, text.size());
  // Without all that the window behind them sees, cold blocks are of no use.
  const size_t length = usable_length(path, cold);
  if (length <= path.size()) return false;
  touch(path);

  const size_t num_wanted = length - path.size();
  std::vector<BlockKey> next;
  for (size_t i = 0; i < std::min(num_wanted, kFetchedAhead); ++i) next.push_back(cold[i].key);
  cold_->fetch(next);
  Node* node = path.empty() ? &root(text) : path.back();
  for (size_t i = 0; i < num_wanted; ++i) {
    const bool is_late = !patient && (i == kLoadedAtOnce || !cold_->is_fetched(cold[i].key));
    if (is_late || num_left == 0) {
      prune(node);
      return num_left > 0;
    }
    const size_t index = path.size() + i;
    Node& child = child_of(*node, text.block(index));
    uint32_t groups = 0;
    for (size_t g = 0; g < ledger_.num_groups(); ++g) {
      if (index >= ledger_.group(g).first_block_seen(length * kBlock)) groups |= 1u << g;
    }
    --num_left;
    if (!load_node(child, groups)) {
      prune(&child);
      return false;
    }
    node = &child;
  }
  return false;
}

void PrefixCache::stop_loading() {
  if (cold_ != nullptr) cold_->fetch({});
}

bool PrefixCache::load_node(Node& node, uint32_t groups) {
  std::vector<BlockId> blocks(ledger_.num_groups(), kNoBlock);
  bool complete = true;
  for (size_t g = 0; g < blocks.size() && complete; ++g) {
    if ((groups >> g & 1) == 0 || node.blocks[g] != kNoBlock) continue;
    const std::optional<BlockId> block = ledger_.allocate(g);
    complete = block.has_value();
    blocks[g] = block.value_or(kNoBlock);
  }
  complete = complete && cold_->load(node.key, node.text.tokens, blocks);
  for (size_t g = 0; g < blocks.size(); ++g) {
    if (blocks[g] == kNoBlock) continue;
    if (complete) add_block(node, g, blocks[g]);
    ledger_.release(g, blocks[g]);
  }
  return complete;
}

void PrefixCache::clear() {
  // Node by node: a long text is a chain, which recursive destructors would follow on the stack.
  std::vector<std::unique_ptr<Node>> ending;
  const auto take_children = [&](Node& node) {
    for (auto& [text, child] : node.children) ending.push_back(std::move(child));
    node.children.clear();
  };
  for (auto& [root, node] : roots_) take_children(node);
  while (!ending.empty()) {
    const std::unique_ptr<Node> node = std::move(ending.back());
    ending.pop_back();
    for (size_t g = 0; g < ledger_.num_groups(); ++g) {
      if (node->blocks[g] != kNoBlock) drop_block(*node, g);
    }
    take_children(*node);
  }
  roots_.clear();
  num_nodes_ = 0;
}

}  // namespace hearth
