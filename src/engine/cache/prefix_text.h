#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/sha256.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// Names what stands behind placeholder tokens, such as the pixels of an image. All zero: nothing does.
using ContentHash = Sha256Digest;

/// Positions that hold something beside their tokens.
struct ContentSpan {
  int64_t begin = 0, end = 0;  ///< positions; before 0: it began before the text that is looked at
  ContentHash hash{};

  bool operator==(const ContentSpan&) const = default;
};

/// Leading positions at which two texts hold the same tokens and contents. Contents are in order and apart;
/// those beyond the tokens are not looked at.
size_t common_prefix(std::span<const TokenId> a, std::span<const ContentSpan> contents_of_a,
                     std::span<const TokenId> b, std::span<const ContentSpan> contents_of_b);

/// The text of a block, or of its first positions; contents are numbered from its beginning and end with it.
/// Ordered position by position, so that the texts with the longest common prefix are neighbours.
struct BlockText {
  std::vector<TokenId> tokens;
  std::vector<ContentSpan> contents = {};

  size_t size() const { return tokens.size(); }
  void resize(size_t size);
  bool operator==(const BlockText&) const = default;
  std::strong_ordering operator<=>(const BlockText& other) const;
};

size_t common_prefix(const BlockText& a, const BlockText& b);

/// The beginning of a text with all that its keys and values depend on. A view.
struct PrefixText {
  std::span<const TokenId> tokens;
  std::span<const ContentSpan> contents = {};
  std::string_view salt = {};     ///< kept apart by the caller's wish
  std::string_view adapter = {};  ///< of the weights; empty: none

  size_t size() const { return tokens.size(); }
  PrefixText first(size_t count) const { return {tokens.first(count), contents, salt, adapter}; }
  /// The whole block of this index, or what there is of it.
  BlockText block(size_t index) const;
  /// Whether the two can share anything.
  bool same_root(const PrefixText& other) const { return salt == other.salt && adapter == other.adapter; }
};

/// Leading positions that the two have in common, 0 where their roots differ.
size_t common_prefix(const PrefixText& a, const PrefixText& b);

}  // namespace hearth
