#include "text/tokenizer/token_trie.h"

#include <algorithm>
#include <utility>

namespace hearth {

Result<TokenTrie> TokenTrie::create(std::vector<Entry> entries) {
  constexpr size_t kMaxSize = 1024;  // the longest published have some 500: runs of spaces
  for (const Entry& entry : entries) {
    if (entry.text.size() <= kMaxSize) continue;
    return fail_hint(ErrorCode::kResourceLimit,
                     "check where the file comes from: no known model has such a token",
                     "the token {} has {} bytes, above the limit of {} for this kind of tokenizer", entry.id,
                     entry.text.size(), kMaxSize);
  }
  TokenTrie trie;
  std::erase_if(entries, [](const Entry& entry) { return entry.text.empty(); });
  std::ranges::sort(entries, {}, [](const Entry& entry) { return std::pair(entry.text, entry.id); });
  entries.erase(std::ranges::unique(entries, {}, &Entry::text).begin(), entries.end());
  // Breadth first: each pending node stands for the entries [begin, end) that share its first `depth` bytes.
  struct Pending {
    uint32_t node;
    size_t begin, end, depth;
  };
  trie.nodes_.emplace_back();
  trie.labels_.push_back(0);
  std::vector<Pending> pending = {{0, 0, entries.size(), 0}};
  for (size_t next = 0; next < pending.size(); ++next) {
    auto [node, begin, end, depth] = pending[next];
    if (begin < end && entries[begin].text.size() == depth) trie.nodes_[node].id = entries[begin++].id;
    trie.nodes_[node].first_child = uint32_t(trie.nodes_.size());
    while (begin < end) {
      const char label = entries[begin].text[depth];
      size_t after = begin;
      while (after < end && entries[after].text[depth] == label) ++after;
      if (node == 0) trie.roots_[uint8_t(label)] = uint32_t(trie.nodes_.size());
      pending.push_back({uint32_t(trie.nodes_.size()), begin, after, depth + 1});
      trie.nodes_.emplace_back();
      trie.labels_.push_back(uint8_t(label));
      ++trie.nodes_[node].num_children;
      begin = after;
    }
  }
  return trie;
}

}  // namespace hearth
