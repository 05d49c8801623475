#include "grammar/mask/loop_tokens.h"

#include <algorithm>

#include "grammar/control_token.h"
#include "grammar/mask/token_table.h"
#include "grammar/mask/utf8_walk.h"

namespace hearth::grammar {
namespace {

/// More rests than this with one first byte: their own trie would take longer to make than it saves.
constexpr size_t kMaxRests = 8192;

/// What is put into tries for each mask, so that none waits long for them, and at most at once.
constexpr uint32_t kRestsPerUse = 500, kMaxAffordable = 4096;

/// Where in a loop a token stands.
struct Place {
  Utf8Walk utf8;
  uint8_t lead = 0;    ///< of the last code point, with what else is said of it:
  uint32_t depth = 0;  ///< of its first byte
  uint32_t bits = 0;
  uint32_t count = 0;  ///< code points begun
};

enum class Side : uint8_t { kInside, kOutside, kDead };

/// Whether the last code point of the place, which need not be whole, may be of the set.
bool touches(const LoopSet& set, const Place& place) {
  if (set.beyond == nullptr) return set.beyond_ascii;
  const uint32_t num_bits = 6u * place.utf8.num_missing();
  const char32_t first = char32_t(place.bits) << num_bits;
  const char32_t least = place.lead < 0xE0 ? 0x80 : place.lead < 0xF0 ? 0x800 : 0x10000;
  return set.touches(std::max(first, least), first | ((char32_t(1) << num_bits) - 1));
}

Side step(const LoopSet& set, Place& place, uint8_t byte, uint32_t depth) {
  const bool is_first = place.utf8.at_boundary();
  if (is_first) {
    place.lead = byte;
    place.depth = depth;
    ++place.count;
  }
  if (byte < 0x80 || byte == kControlTokenByte) {
    if (!is_first) return Side::kDead;
    return byte < 0x80 && set.ascii[byte] ? Side::kInside : Side::kOutside;
  }
  if (!set.has_beyond()) return Side::kOutside;
  if (!place.utf8.step(byte)) return Side::kDead;  // no UTF-8
  place.bits = is_first ? byte & (0x7Fu >> (place.utf8.num_missing() + 1)) : place.bits << 6 | (byte & 0x3F);
  return touches(set, place) ? Side::kInside : Side::kOutside;
}

}  // namespace

LoopTokens::LoopTokens(const TokenTable& table, const LoopSet& set, std::shared_ptr<const LoopTokens> wider)
    : table_(&table), set_(set), wider_(std::move(wider)), inside_(table.num_words()) {
  collect();
}

void LoopTokens::collect() {
  const auto nodes = table_->trie().nodes();
  const auto ids = table_->trie().values();
  std::vector<Place> places(table_->trie().max_depth() + 1);
  std::vector<Exit> exits;
  std::vector<uint8_t> bytes;  // that their rests begin with
  for (uint32_t i = 0; i < table_->trie().num_nodes();) {
    const ByteTrie::Node& node = nodes[i];
    Place place = places[node.depth - 1];
    const Side side = step(set_, place, uint8_t(node.byte), node.depth);
    if (side == Side::kOutside) {
      exits.push_back({i, place.depth, place.count - 1});
      bytes.push_back(place.lead);
    }
    if (side != Side::kInside) {
      i = node.end;
      continue;
    }
    max_count_ = std::max(max_count_, place.count);
    for (uint32_t value = node.first_value; value < nodes[i + 1].first_value; ++value) {
      inside_[ids[value] / 64] |= uint64_t(1) << (ids[value] % 64);
    }
    places[node.depth] = place;
    ++i;
  }
  sort_exits(exits, bytes);
}

void LoopTokens::sort_exits(std::span<const Exit> exits, std::span<const uint8_t> bytes) {
  for (const uint8_t byte : bytes) ++first_exit_[byte + 1];
  for (size_t byte = 0; byte < 256; ++byte) {
    if (first_exit_[byte + 1] > 0) exit_bytes_.push_back(uint8_t(byte));
    first_exit_[byte + 1] += first_exit_[byte];
  }
  exits_.resize(exits.size());
  std::array<uint32_t, 257> next = first_exit_;
  for (size_t i = 0; i < exits.size(); ++i) exits_[next[bytes[i]]++] = exits[i];
}

void LoopTokens::prepare() const {
  for (const uint8_t byte : exit_bytes_) {
    ensure_rests(byte);
  }
}

void LoopTokens::count_use() const {
  const uint32_t before = num_affordable_.load(std::memory_order_relaxed);
  num_affordable_.store(std::min(before + kRestsPerUse, kMaxAffordable), std::memory_order_relaxed);
}

const LoopTokens::Rests* LoopTokens::rests(uint8_t byte) const {
  const bool is_known_wider = wider_ != nullptr && !wider_->exits(byte).empty();
  if (!rests_[byte].is_made && !is_known_wider && !can_afford(num_rests(byte))) return nullptr;
  return ensure_rests(byte);
}

bool LoopTokens::can_afford(size_t num_rests) const {
  const uint32_t affordable = num_affordable_.load(std::memory_order_relaxed);
  if (num_rests > affordable) return false;
  num_affordable_.store(uint32_t(affordable - num_rests),
                        std::memory_order_relaxed);  // a race costs time alone
  return true;
}

size_t LoopTokens::num_rests(uint8_t byte) const {
  const auto nodes = table_->trie().nodes();
  size_t count = 0;
  for (const Exit& exit : exits(byte))
    count += nodes[nodes[exit.node].end].first_value - nodes[exit.node].first_value;
  return count;
}

const LoopTokens::Rests* LoopTokens::ensure_rests(uint8_t byte) const {
  LazyRests& lazy = rests_[byte];
  std::call_once(lazy.once, [&] {
    const Rests* const wider =
        wider_ != nullptr && !wider_->exits(byte).empty() ? wider_->ensure_rests(byte) : nullptr;
    lazy.rests = wider != nullptr ? pick_rests(*wider) : make_rests(byte);
    lazy.is_made = true;
  });
  return lazy.rests.get();
}

/// What leaves the wider set does so with the same byte here, unless it has left before.
std::unique_ptr<LoopTokens::Rests> LoopTokens::pick_rests(const Rests& wider) const {
  auto rests = std::make_unique<Rests>(wider);
  rests->max_count = 0;
  const ByteTrie& trie = wider.all->trie;
  std::vector<bool> is_other(wider.counts.size());
  for (uint32_t i = 0; i < trie.num_nodes(); ++i) {
    for (uint32_t value = trie.nodes()[i].first_value; value < trie.nodes()[i + 1].first_value; ++value) {
      const std::string_view token = table_->bytes(wider.all->ids[value]);
      is_other[value] = !is_inside(token.substr(0, token.size() - trie.nodes()[i].depth));
      if (!is_other[value]) rests->max_count = std::max(rests->max_count, wider.counts[value]);
    }
  }
  for (size_t value = 0; value < is_other.size(); ++value) {
    if (is_other[value]) rests->counts[value] = rests->max_count + 1;
    rests->has_others = rests->has_others || is_other[value];
  }
  return rests;
}

bool LoopTokens::is_inside(std::string_view text) const {
  Place place;
  return std::ranges::all_of(text,
                             [&](char byte) { return step(set_, place, uint8_t(byte), 0) == Side::kInside; });
}

std::unique_ptr<LoopTokens::Rests> LoopTokens::make_rests(uint8_t byte) const {
  const auto nodes = table_->trie().nodes();
  const auto values = table_->trie().values();
  const auto values_of = [&](const Exit& exit) {
    const uint32_t first = nodes[exit.node].first_value;
    return values.subspan(first, nodes[nodes[exit.node].end].first_value - first);
  };
  if (num_rests(byte) > kMaxRests) return nullptr;
  std::vector<ByteTrie::Entry> entries;
  std::vector<TokenId> ids;
  std::vector<uint32_t> counts;
  for (const Exit& exit : exits(byte)) {
    for (const uint32_t id : values_of(exit)) {
      entries.push_back({table_->bytes(TokenId(id)).substr(exit.depth - 1), uint32_t(ids.size())});
      ids.push_back(TokenId(id));
      counts.push_back(exit.count);
    }
  }
  auto all = std::make_shared<RestTrie>();
  auto rests = std::make_unique<Rests>();
  all->trie = ByteTrie(entries);
  for (const uint32_t index : all->trie.values()) {
    all->ids.push_back(ids[index]);
    rests->counts.push_back(counts[index]);
    rests->max_count = std::max(rests->max_count, counts[index]);
  }
  rests->all = std::move(all);
  return rests;
}

size_t LoopTokens::memory_size() const {
  // What is made later is counted as if it were there.
  return sizeof(*this) + inside_.size() * sizeof(uint64_t) + exits_.capacity() * sizeof(Exit) * 4;
}

LoopTokenCache::LoopTokenCache(const TokenTable& table)
    : table_(&table),
      counts_(table),
      text_(std::make_shared<const LoopTokens>(table, LoopSet::json_text(), nullptr)) {
  text_->prepare();
}

std::shared_ptr<const LoopTokens> LoopTokenCache::find(const LoopSet& set) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(entries_, set, &Entry::set);
  if (found == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found);
  return entries_.front().tokens;
}

std::shared_ptr<const LoopTokens> LoopTokenCache::get(const LoopSet& set) {
  if (set == LoopSet::json_text()) return text_;
  if (auto tokens = find(set)) return tokens;
  // Without the lock: it takes a while.
  auto tokens =
      std::make_shared<const LoopTokens>(*table_, set, LoopSet::json_text().contains(set) ? text_ : nullptr);
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
    const bool is_kept = num_entries == 1 || (num_entries <= kMaxEntries && size <= kMaxSize);
    entry = is_kept ? std::next(entry) : entries_.erase(entry);
  }
}

size_t LoopTokenCache::memory_size() const {
  size_t size = counts_.memory_size() + text_->memory_size();
  const std::scoped_lock lock(mutex_);
  for (const Entry& entry : entries_) size += entry.tokens->memory_size();
  return size;
}

}  // namespace hearth::grammar
