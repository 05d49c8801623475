#include "grammar/mask/byte_trie.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace hearth::grammar {
namespace {

/// An entry with its first bytes as a number: most comparisons end there.
struct Keyed {
  uint64_t key;
  ByteTrie::Entry entry;
};

uint64_t key_of(std::string_view bytes) {
  uint64_t key = 0;
  std::memcpy(&key, bytes.data(), std::min(bytes.size(), sizeof(key)));
  if constexpr (std::endian::native == std::endian::little) key = __builtin_bswap64(key);
  return key;
}

bool is_before(const Keyed& a, const Keyed& b) {
  if (a.key != b.key) return a.key < b.key;
  const int order = a.entry.bytes.compare(b.entry.bytes);
  return order != 0 ? order < 0 : a.entry.value < b.entry.value;
}

size_t common_prefix(std::string_view a, std::string_view b) {
  return size_t(std::ranges::mismatch(a, b).in1 - a.begin());
}

}  // namespace

ByteTrie::ByteTrie(std::span<const Entry> entries) {
  std::vector<Keyed> sorted;
  sorted.reserve(entries.size());
  for (const Entry& entry : entries) sorted.push_back({key_of(entry.bytes), entry});
  std::ranges::sort(sorted, is_before);

  nodes_.clear();
  nodes_.reserve(entries.size() * 2 + 1);
  values_.reserve(entries.size());
  std::vector<uint32_t> open;  // nodes from the root to the last string's, whose ends are not known yet
  std::string_view last;
  for (const auto& [key, entry] : sorted) {
    const size_t shared = common_prefix(last, entry.bytes);
    for (; open.size() > shared; open.pop_back()) nodes_[open.back()].end = uint32_t(nodes_.size());
    for (size_t at = shared; at < entry.bytes.size(); ++at) {
      open.push_back(uint32_t(nodes_.size()));
      nodes_.push_back({0, uint32_t(values_.size()), uint32_t(at + 1), uint8_t(entry.bytes[at])});
    }
    values_.push_back(entry.value);
    last = entry.bytes;
    max_depth_ = std::max(max_depth_, uint32_t(entry.bytes.size()));
  }
  for (const uint32_t node : open) nodes_[node].end = uint32_t(nodes_.size());
  nodes_.push_back({uint32_t(nodes_.size()), uint32_t(values_.size()), 0, 0});
  nodes_.shrink_to_fit();
  heights_.resize(num_nodes());
  for (uint32_t node = num_nodes(); node-- > 0;) {  // a node's last byte is behind its parent's string
    uint32_t highest = 0;
    for (uint32_t child = node + 1; child < nodes_[node].end; child = nodes_[child].end)
      highest = std::max(highest, heights_[child] + 1u);
    heights_[node] = uint8_t(std::min(highest, kMaxHeight));
  }
}

}  // namespace hearth::grammar
