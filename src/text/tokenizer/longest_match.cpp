#include "text/tokenizer/longest_match.h"

#include "text/tokenizer/symbol_table.h"

namespace hearth {

Result<LongestMatch> LongestMatch::create(const Vocab& vocab, std::span<const std::string_view> token_bytes) {
  LongestMatch model;
  std::vector<TokenTrie::Entry> entries;
  for (TokenId id = 0; vocab.contains(id); ++id) {
    if (SymbolTable::is_mergeable(vocab.type(id))) entries.push_back({token_bytes[size_t(id)], id});
  }
  model.trie_ = TRY(TokenTrie::create(std::move(entries)));
  const TokenId unk_id = vocab.unk_id().value_or(-1);
  if (vocab.contains(unk_id) && vocab.type(unk_id) != TokenType::kControl) model.unk_id_ = unk_id;
  return model;
}

Status LongestMatch::encode(std::string_view text, EncodeScratch& scratch, std::vector<TokenId>& out) const {
  for (size_t at = 0; at < text.size();) {
    if (scratch.stopped()) return encoding_stopped();
    size_t size = 1;
    TokenId id = unk_id_;
    trie_.each_prefix(text.substr(at), [&](size_t token_size, TokenId token) {
      size = token_size;
      id = token;
    });
    if (id >= 0) out.push_back(id);
    at += size;
  }
  return {};
}

}  // namespace hearth
