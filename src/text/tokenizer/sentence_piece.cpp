#include "text/tokenizer/sentence_piece.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "text/unicode/utf8.h"

namespace hearth {
Result<SentencePiece> SentencePiece::create(const Vocab& vocab) {
  return SentencePiece(vocab, TRY(ByteFallback::from_byte_tokens(vocab)));
}

SentencePiece::SentencePiece(const Vocab& vocab, ByteFallback fallback)
    : fallback_(std::move(fallback)), symbols_(vocab), ranks_(vocab.size()) {
  std::vector<TokenId> order(vocab.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, std::ranges::greater(), [&](TokenId id) { return vocab.score(id); });
  uint32_t rank = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && vocab.score(order[i]) != vocab.score(order[i - 1])) ++rank;
    ranks_[order[i]] = rank;
  }
  for (TokenId id = 0; vocab.contains(id); ++id) {
    if (!SymbolTable::is_mergeable(vocab.type(id))) continue;
    boundaries_.add(vocab.text(id));
    max_token_size_ = std::max(max_token_size_, vocab.text(id).size());
  }
}

Status SentencePiece::encode(std::string_view word, EncodeScratch& scratch, std::vector<TokenId>& out) const {
  const size_t first = out.size();
  for (size_t begin = 0; begin < word.size();) {
    if (scratch.stopped()) return encoding_stopped();
    const size_t end = boundaries_.end_of_part(word, begin);
    const std::string_view part = word.substr(begin, end - begin);
    TRY(check_piece_size(part));
    scratch.cache.append(part, out, [&] { return encode_part(part, first, scratch.merger, out); });
    begin = end;
  }
  return {};
}

bool SentencePiece::encode_part(std::string_view part, size_t first, Merger& merger,
                                std::vector<TokenId>& out) const {
  merger.symbols.clear();
  for (size_t at = 0; at < part.size();) {
    const uint32_t size = next_utf8(part.substr(at)).size;
    merger.symbols.push_back({symbols_.find(part.substr(at, size)), uint32_t(at), size});
    at += size;
  }
  merger.run([&](const Symbol& left, const Symbol& right) {
    const size_t size = left.size + right.size;
    if (size > max_token_size_) return Merge{};
    const int32_t id = symbols_.find(part.substr(left.begin, size));
    return id < 0 ? Merge{} : Merge{ranks_[id], id};
  });
  bool anywhere = true;
  for (const Symbol& symbol : merger.symbols) {
    if (symbol.id >= 0) {
      out.push_back(symbol.id);
    } else if (!fallback_.append(part.substr(symbol.begin, symbol.size), true, first, out)) {
      anywhere = false;
    }
  }
  return anywhere;
}

}  // namespace hearth
