#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// Tokens by id, as files list them: in any order, with gaps. Errors name `file`.
class TokenTable {
 public:
  explicit TokenTable(std::string file) : file_(std::move(file)) {}

  /// Errors: kResourceLimit for an id of 2^20 or more or a token above 64 KiB; kCorruptData for an id that
  /// another token has.
  Status add(std::string text, uint64_t id, TokenType type);
  /// Changes the type of a token that is there.
  void set_type(size_t id, TokenType type) { data_.token_types[id] = type; }

  size_t size() const { return data_.tokens.size(); }
  bool has(size_t id) const { return id < size() && taken_[id]; }
  const std::string& text(size_t id) const { return data_.tokens[id]; }
  TokenType type(size_t id) const { return data_.token_types[id]; }

  /// Ids that no token has are unused. Error: kCorruptData where there is none at all.
  Status move_to(VocabData& data);

 private:
  std::string file_;
  VocabData data_;
  std::vector<bool> taken_;
};

}  // namespace hearth
