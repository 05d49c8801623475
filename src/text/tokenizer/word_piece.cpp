#include "text/tokenizer/word_piece.h"

#include "text/tokenizer/symbol_table.h"
#include "text/unicode/utf8.h"

namespace hearth {

Result<WordPiece> WordPiece::create(const Vocab& vocab, const TokenModelSpec& spec) {
  WordPiece model(vocab, spec);
  std::vector<TokenTrie::Entry> starts, inner;
  for (TokenId id = 0; vocab.contains(id); ++id) {
    if (!SymbolTable::is_mergeable(vocab.type(id))) continue;
    std::string_view text = vocab.text(id);
    if (text.starts_with(spec.word_prefix)) starts.push_back({text.substr(spec.word_prefix.size()), id});
    if (text.starts_with(spec.inner_prefix)) inner.push_back({text.substr(spec.inner_prefix.size()), id});
  }
  model.starts_ = TRY(TokenTrie::create(std::move(starts)));
  if (!model.whole_) model.inner_ = TRY(TokenTrie::create(std::move(inner)));
  return model;
}

Status WordPiece::encode(std::string_view word, EncodeScratch& scratch, std::vector<TokenId>& out) const {
  if (scratch.stopped()) return encoding_stopped();
  TRY(check_piece_size(word));
  scratch.cache.append(word, out, [&] {
    encode_word(word, out);
    return true;
  });
  return {};
}

void WordPiece::encode_word(std::string_view word, std::vector<TokenId>& out) const {
  const size_t first = out.size();
  const bool too_long = max_chars_ != 0 && count_code_points(word) > max_chars_;
  size_t at = 0;
  while (!too_long && at < word.size()) {
    size_t longest = 0;
    TokenId longest_id = -1;
    (at == 0 ? starts_ : inner_).each_prefix(word.substr(at), [&](size_t size, TokenId id) {
      longest = size;
      longest_id = id;
    });
    if (longest == 0) break;
    out.push_back(longest_id);
    at += longest;
    if (whole_) break;
  }
  if (at == word.size()) return;
  out.resize(first);
  fallback_.append(word, out);
}

}  // namespace hearth
