#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer/string_index.h"
#include "text/tokenizer/vocab.h"

namespace hearth {

/// Numbers for the strings that merges speak of: tokens keep their ids, parts that are no tokens follow.
/// Tokens that are no text (control, unknown, bytes) or are found before merging (user-defined) have no
/// number, so no merge can make them. The vocabulary must outlive the table.
class SymbolTable {
 public:
  explicit SymbolTable(const Vocab& vocab) : vocab_(&vocab), index_(vocab.size() + 256) {
    for (TokenId id = 0; vocab.contains(id); ++id) {
      if (!is_mergeable(vocab.type(id)) || vocab.text(id).empty()) continue;
      index_.insert(vocab.text(id), id, [this](int32_t symbol) { return text(symbol); });
    }
  }

  static bool is_mergeable(TokenType type) {
    return type == TokenType::kNormal || type == TokenType::kUnused;
  }

  std::string_view text(int32_t symbol) const {
    return vocab_->contains(symbol) ? vocab_->text(symbol) : extra_[size_t(symbol) - vocab_->size()];
  }

  /// -1 where the text has no number.
  int32_t find(std::string_view text) const {
    return index_.find(text, [this](int32_t symbol) { return this->text(symbol); });
  }

  /// Starts fetching what find() or intern() of `text` will read.
  void prefetch(std::string_view text) const { index_.prefetch(text); }

  /// The number of `text`, a new one where it has none.
  int32_t intern(std::string_view text) {
    const int32_t known = find(text);
    if (known >= 0) return known;
    extra_.emplace_back(text);
    const int32_t symbol = int32_t(vocab_->size() + extra_.size() - 1);
    return index_.insert(extra_.back(), symbol, [this](int32_t other) { return this->text(other); });
  }

  /// The same; nothing where the text is a token that no merge may make.
  std::optional<int32_t> intern_mergeable(std::string_view text) {
    const int32_t known = find(text);
    if (known >= 0) return known;
    if (vocab_->find(text)) return std::nullopt;
    return intern(text);
  }

 private:
  const Vocab* vocab_;
  std::vector<std::string> extra_;
  StringIndex index_;
};

}  // namespace hearth
