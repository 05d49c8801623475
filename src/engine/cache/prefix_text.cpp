#include "engine/cache/prefix_text.h"

#include <algorithm>

#include "backend/ops.h"

namespace hearth {
namespace {

/// The first of the positions [0, end) at which the contents differ, or `end`.
size_t same_contents(std::span<const ContentSpan> a, std::span<const ContentSpan> b, size_t size) {
  const auto end = int64_t(size);
  for (size_t i = 0; true; ++i) {
    const bool in_a = i < a.size() && a[i].begin < end, in_b = i < b.size() && b[i].begin < end;
    if (!in_a && !in_b) return size;
    if (!in_a || !in_b || a[i].begin != b[i].begin || a[i].hash != b[i].hash) {
      const int64_t parting = std::min(in_a ? a[i].begin : end, in_b ? b[i].begin : end);
      return size_t(std::max<int64_t>(parting, 0));
    }
    if (a[i].end != b[i].end) return size_t(std::min({a[i].end, b[i].end, end}));
  }
}

/// The content at a position; null: there is none.
const ContentSpan* content_at(std::span<const ContentSpan> contents, size_t position) {
  for (const ContentSpan& content : contents) {
    if (content.begin <= int64_t(position) && int64_t(position) < content.end) return &content;
  }
  return nullptr;
}

}  // namespace

size_t common_prefix(std::span<const TokenId> a, std::span<const ContentSpan> contents_of_a,
                     std::span<const TokenId> b, std::span<const ContentSpan> contents_of_b) {
  const size_t most = std::min(a.size(), b.size());
  const auto parting = std::mismatch(a.begin(), a.begin() + ptrdiff_t(most), b.begin()).first;
  return same_contents(contents_of_a, contents_of_b, size_t(parting - a.begin()));
}

void BlockText::resize(size_t size) {
  tokens.resize(size);
  std::erase_if(contents,
                [&](const ContentSpan& content) { return size == 0 || content.begin >= int64_t(size); });
  if (!contents.empty()) contents.back().end = std::min(contents.back().end, int64_t(size));
}

std::strong_ordering BlockText::operator<=>(const BlockText& other) const {
  if (contents.empty() && other.contents.empty()) return tokens <=> other.tokens;
  const size_t at = common_prefix(*this, other);
  if (at == size() || at == other.size()) return size() <=> other.size();
  if (tokens[at] != other.tokens[at]) return tokens[at] <=> other.tokens[at];
  const ContentSpan* own = content_at(contents, at);
  const ContentSpan* others = content_at(other.contents, at);
  if (own == nullptr || others == nullptr) return (own != nullptr) <=> (others != nullptr);
  if (own->begin != others->begin) return own->begin <=> others->begin;
  return own->hash <=> others->hash;
}

size_t common_prefix(const BlockText& a, const BlockText& b) {
  return common_prefix(a.tokens, a.contents, b.tokens, b.contents);
}

BlockText PrefixText::block(size_t index) const {
  constexpr size_t kBlock = kKvBlockTokens;
  const size_t first = index * kBlock;
  const auto inside = tokens.subspan(first, std::min(kBlock, tokens.size() - first));
  BlockText block{.tokens = {inside.begin(), inside.end()}};
  for (ContentSpan content : contents) {
    content.begin -= int64_t(first);
    content.end = std::min(content.end - int64_t(first), int64_t(inside.size()));
    if (content.begin < content.end && content.end > 0) block.contents.push_back(content);
  }
  return block;
}

size_t common_prefix(const PrefixText& a, const PrefixText& b) {
  return a.same_root(b) ? common_prefix(a.tokens, a.contents, b.tokens, b.contents) : 0;
}

}  // namespace hearth
