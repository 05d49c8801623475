#include "grammar/mask/loop_tokens.h"

#include <algorithm>

#include "grammar/control_token.h"
#include "grammar/mask/token_table.h"
#include "grammar/mask/utf8_walk.h"

namespace hearth::grammar {
namespace {

/// More rests than this with one first byte: their own trie would take longer to make than it saves.
constexpr size_t kMaxRests = 8192;

/// Where in a loop a token stands.
struct Place {
  Utf8Walk utf8;
  uint32_t count = 0;  ///< code points begun
};

}  // namespace

LoopSet LoopSet::json_text() {
  LoopSet set;
  for (size_t byte = 0x20; byte < 0x80; ++byte) set.ascii[byte] = byte != '"' && byte != '\\';
  set.beyond_ascii = true;
  return set;
}

LoopTokens::LoopTokens(const TokenTable& table, const LoopSet& set)
    : table_(&table), inside_(table.num_words()) {
  collect(set);
  sort_inside();
}

void LoopTokens::collect(const LoopSet& set) {
  const auto nodes = table_->trie().nodes();
  const auto ids = table_->trie().values();
  std::vector<Place> places(table_->trie().max_depth() + 1);
  std::vector<std::pair<uint8_t, Exit>> exits;
  for (uint32_t i = 0; i < table_->trie().num_nodes();) {
    const ByteTrie::Node& node = nodes[i];
    const auto byte = uint8_t(node.byte);
    Place place = places[node.depth - 1];
    const bool is_first = place.utf8.at_boundary();
    const bool is_beyond = byte >= 0x80 && byte != kControlTokenByte;
    const bool is_inside =
        is_beyond ? set.beyond_ascii && place.utf8.step(byte) : is_first && byte < 0x80 && set.ascii[byte];
    if (!is_inside) {
      // Where a loop takes code points beyond ASCII, what is none leads nowhere.
      if (is_first && !(is_beyond && set.beyond_ascii)) exits.emplace_back(byte, Exit{i, place.count});
      i = node.end;
      continue;
    }
    if (is_first) ++place.count;
    max_count_ = std::max(max_count_, place.count);
    for (uint32_t value = node.first_value; value < nodes[i + 1].first_value; ++value) {
      inside_tokens_.push_back({TokenId(ids[value]), place.count});
      inside_[ids[value] / 64] |= uint64_t(1) << (ids[value] % 64);
    }
    places[node.depth] = place;
    ++i;
  }
  std::ranges::sort(exits, {}, [](const auto& exit) { return std::pair(exit.first, exit.second.node); });
  exits_.reserve(exits.size());
  for (const auto& [byte, exit] : exits) {
    ++first_exit_[byte + 1];
    exits_.push_back(exit);
  }
  for (size_t byte = 0; byte < 256; ++byte) {
    if (first_exit_[byte + 1] > 0) exit_bytes_.push_back(uint8_t(byte));
    first_exit_[byte + 1] += first_exit_[byte];
  }
}

void LoopTokens::sort_inside() {
  std::ranges::sort(inside_tokens_, {}, [](const Inside& token) { return std::pair(token.count, token.id); });
  inside_tokens_.shrink_to_fit();
}

void LoopTokens::prepare() const {
  ensure_counted();
  for (const uint8_t byte : exit_bytes_) rests(byte);
}

void LoopTokens::ensure_counted() const {
  std::call_once(counted_once_, [this] { make_counted(); });
}

void LoopTokens::make_counted() const {
  counted_.resize(std::min(max_count_, kMaxCounted));
  auto next = inside_tokens_.begin();
  for (size_t count = 1; count <= counted_.size(); ++count) {
    std::vector<uint64_t>& words = counted_[count - 1];
    words = count == 1 ? std::vector<uint64_t>(inside_.size()) : counted_[count - 2];
    for (; next != inside_tokens_.end() && next->count <= count; ++next) {
      words[size_t(next->id) / 64] |= uint64_t(1) << (size_t(next->id) % 64);
    }
  }
}

void LoopTokens::add_inside(uint32_t count, std::span<uint64_t> words) const {
  if (count >= max_count_) {
    for (size_t i = 0; i < inside_.size(); ++i) words[i] |= inside_[i];
    return;
  }
  ensure_counted();
  if (count == 0 || counted_.empty()) return;
  const std::vector<uint64_t>& counted = counted_[std::min(size_t(count), counted_.size()) - 1];
  for (size_t i = 0; i < counted.size(); ++i) words[i] |= counted[i];
  auto next = std::ranges::upper_bound(inside_tokens_, uint32_t(counted_.size()), {}, &Inside::count);
  for (; next != inside_tokens_.end() && next->count <= count; ++next) {
    words[size_t(next->id) / 64] |= uint64_t(1) << (size_t(next->id) % 64);
  }
}

const LoopTokens::Rests* LoopTokens::rests(uint8_t byte) const {
  LazyRests& lazy = rests_[byte];
  std::call_once(lazy.once, [&] { lazy.rests = make_rests(byte); });
  return lazy.rests.get();
}

std::unique_ptr<LoopTokens::Rests> LoopTokens::make_rests(uint8_t byte) const {
  const auto nodes = table_->trie().nodes();
  const auto values = table_->trie().values();
  size_t num_rests = 0;
  const auto values_of = [&](const Exit& exit) {
    const uint32_t first = nodes[exit.node].first_value;
    return values.subspan(first, nodes[nodes[exit.node].end].first_value - first);
  };
  for (const Exit& exit : exits(byte)) num_rests += values_of(exit).size();
  if (num_rests > kMaxRests) return nullptr;
  std::vector<ByteTrie::Entry> entries;
  std::vector<TokenId> ids;
  std::vector<uint32_t> counts;
  for (const Exit& exit : exits(byte)) {
    for (const uint32_t id : values_of(exit)) {
      entries.push_back(
          {table_->bytes(TokenId(id)).substr(nodes[exit.node].depth - 1), uint32_t(ids.size())});
      ids.push_back(TokenId(id));
      counts.push_back(exit.count);
    }
  }
  auto rests = std::make_unique<Rests>();
  rests->trie = ByteTrie(entries);
  for (const uint32_t index : rests->trie.values()) {
    rests->ids.push_back(ids[index]);
    rests->counts.push_back(counts[index]);
    rests->max_count = std::max(rests->max_count, counts[index]);
  }
  return rests;
}

size_t LoopTokens::memory_size() const {
  // What is made later is counted as if it were there.
  const size_t counted_size = std::min(max_count_, kMaxCounted) * inside_.size() * sizeof(uint64_t);
  return sizeof(*this) + inside_.size() * sizeof(uint64_t) + counted_size +
         inside_tokens_.capacity() * sizeof(Inside) + exits_.capacity() * sizeof(Exit) * 4;
}

LoopTokenCache::LoopTokenCache(const TokenTable& table) : table_(&table) {
  const std::shared_ptr<const LoopTokens> text = get(LoopSet::json_text());
  text->prepare();
}

std::shared_ptr<const LoopTokens> LoopTokenCache::find(const LoopSet& set) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(entries_, set, &Entry::set);
  if (found == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found);
  return entries_.front().tokens;
}

std::shared_ptr<const LoopTokens> LoopTokenCache::get(const LoopSet& set) {
  if (auto tokens = find(set)) return tokens;
  auto tokens = std::make_shared<const LoopTokens>(*table_, set);  // without the lock: it takes a while
  const std::scoped_lock lock(mutex_);
  entries_.push_front({set, tokens});
  evict();
  return tokens;
}

void LoopTokenCache::evict() {
  size_t size = 0, num_entries = 0;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    size += entry->tokens->memory_size();
    ++num_entries;
    const bool is_kept = num_entries == 1 || entry->set == LoopSet::json_text() ||
                         (num_entries <= kMaxEntries && size <= kMaxSize);
    entry = is_kept ? std::next(entry) : entries_.erase(entry);
  }
}

size_t LoopTokenCache::memory_size() const {
  const std::scoped_lock lock(mutex_);
  size_t size = 0;
  for (const Entry& entry : entries_) size += entry.tokens->memory_size();
  return size;
}

}  // namespace hearth::grammar
