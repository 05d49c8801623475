#include "text/tokenizer/bpe.h"

#include <algorithm>

#include "text/unicode/byte_alphabet.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

constexpr size_t kMaxMerges = size_t(1) << 24;

}  // namespace

Result<Bpe> Bpe::create(const Vocab& vocab, std::span<const std::string_view> token_bytes, MergeList merges,
                        const TokenModelSpec& spec, bool byte_level) {
  Bpe bpe(spec, byte_level           ? ByteFallback::from_alphabet(vocab)
                : spec.byte_fallback ? TRY(ByteFallback::from_byte_tokens(vocab))
                                     : ByteFallback::unknown_only(vocab));
  bpe.num_tokens_ = int32_t(vocab.size());
  bpe.words_of_ = token_bytes;
  if (merges.merges.size() > kMaxMerges) {
    return fail(ErrorCode::kCorruptData, "tokenizer.ggml.merges: {} merges, the limit is {}",
                merges.merges.size(), kMaxMerges);
  }
  SymbolTable symbols(vocab);
  for (uint32_t byte = 0; byte_level && byte < 256; ++byte) {
    std::string spelling;
    append_utf8(spelling, alphabet_code_point(uint8_t(byte)));
    bpe.byte_symbols_[byte] = symbols.intern(spelling);
  }
  if (!byte_level) {
    const bool drops = spec.drop_unk && !bpe.fallback_.has_unknown();
    bpe.cuts_words_ = spec.inner_prefix.empty() && spec.word_suffix.empty() && !drops;
  }
  TRY(bpe.index_merges(merges, symbols));
  if (spec.ignore_merges || spec.newline_runs) bpe.index_words(vocab, byte_level);
  if (!byte_level) bpe.symbols_ = std::move(symbols);
  return bpe;
}

Status Bpe::index_merges(MergeList list, SymbolTable& symbols) {
  const std::span<const std::string> merges = list.merges;
  struct Parts {
    std::string_view left, right;
    std::string joined;
  };
  merges_ = MergeTable(merges.size());
  // Tables of large vocabularies lie outside the caches: asking for a batch at a time hides most of the wait.
  std::array<Parts, 32> batch;
  for (size_t begin = 0; begin < merges.size(); begin += batch.size()) {
    const size_t size = std::min(batch.size(), merges.size() - begin);
    for (size_t i = 0; i < size; ++i) {
      const std::string_view merge = merges[begin + i];
      const size_t space = merge.find(list.separator, 1);
      if (space == std::string_view::npos || space + 1 == merge.size()) {
        return fail(ErrorCode::kCorruptData, "tokenizer.ggml.merges[{}]: not two parts with a space between",
                    begin + i);
      }
      Parts& parts = batch[i];
      parts.left = merge.substr(0, space);
      parts.right = merge.substr(space + 1);
      const size_t inner = parts.right.starts_with(spec_.inner_prefix) ? spec_.inner_prefix.size() : 0;
      parts.joined.assign(parts.left).append(parts.right.substr(inner));
      for (const std::string_view text : {parts.left, parts.right, std::string_view(parts.joined)}) {
        symbols.prefetch(text);
      }
    }
    for (size_t i = 0; i < size; ++i) {
      const int32_t left = symbols.intern(batch[i].left), right = symbols.intern(batch[i].right);
      const std::optional<int32_t> joined = symbols.intern_mergeable(batch[i].joined);
      if (!joined) continue;
      merges_.insert(left, right, {uint32_t(begin + i), *joined});
      if (cuts_words_) boundaries_.add(batch[i].joined);
    }
  }
  return {};
}

void Bpe::index_words(const Vocab& vocab, bool byte_level) {
  words_.emplace(vocab.size());
  if (!byte_level) {
    spellings_.reserve(vocab.size());
    for (TokenId id = 0; vocab.contains(id); ++id) spellings_.push_back(vocab.text(id));
    words_of_ = spellings_;
  }
  for (TokenId id = 0; vocab.contains(id); ++id) {
    const std::string_view word = words_of_[size_t(id)];
    if (!SymbolTable::is_mergeable(vocab.type(id)) || word.empty()) continue;
    if (!spec_.ignore_merges && word.find_first_not_of('\n') != std::string_view::npos) continue;
    words_->insert(word, id, [&](int32_t other) { return words_of_[size_t(other)]; });
  }
}

TokenId Bpe::find_word(std::string_view word) const {
  if (!words_) return -1;
  return words_->find(word, [this](int32_t other) { return words_of_[size_t(other)]; });
}

Status Bpe::encode(std::string_view word, EncodeScratch& scratch, std::vector<TokenId>& out) const {
  if (symbols_) return encode_code_points(word, scratch, out);
  if (scratch.stopped()) return encoding_stopped();
  TRY(check_piece_size(word));
  scratch.cache.append(word, out, [&] {
    const TokenId id = find_word(word);
    if (id >= 0) {
      out.push_back(id);
    } else {
      merge_bytes(word, scratch.merger, out);
    }
    return true;
  });
  return {};
}

void Bpe::merge_bytes(std::string_view word, Merger& merger, std::vector<TokenId>& out) const {
  merger.symbols.resize(word.size());
  size_t num_symbols = 0;
  for (uint32_t i = 0; i < word.size(); ++i) {
    const int32_t symbol = byte_symbols_[uint8_t(word[i])];
    merger.symbols[num_symbols] = {symbol, i, 1};
    num_symbols += symbol < num_tokens_;  // the neighbours of a byte that is no token become neighbours
  }
  merger.symbols.resize(num_symbols);
  merge_symbols(merger);
  for (const Symbol& symbol : merger.symbols) {
    if (symbol.id >= 0 && symbol.id < num_tokens_) {
      out.push_back(symbol.id);
    } else {
      fallback_.append(word.substr(symbol.begin, symbol.size), out);
    }
  }
}

Status Bpe::encode_code_points(std::string_view word, EncodeScratch& scratch,
                               std::vector<TokenId>& out) const {
  if (const TokenId id = find_word(word); id >= 0) {
    out.push_back(id);
    return {};
  }
  const size_t first = out.size();
  for (size_t begin = 0; begin < word.size();) {
    if (scratch.stopped()) return encoding_stopped();
    const size_t end = cuts_words_ ? boundaries_.end_of_part(word, begin) : word.size();
    const std::string_view part = word.substr(begin, end - begin);
    TRY(check_piece_size(part));
    scratch.cache.append(part, out, [&] { return merge_part(part, first, scratch.merger, out); });
    begin = end;
  }
  return {};
}

/// Of the word whose ids begin at `first` of `out`. Whether the part would become the same anywhere.
bool Bpe::merge_part(std::string_view part, size_t first, Merger& merger, std::vector<TokenId>& out) const {
  merger.symbols.clear();
  for (size_t at = 0; at < part.size();) {
    const uint32_t size = next_utf8(part.substr(at)).size;
    const int32_t symbol = symbol_of(part, at, at + size);
    const bool dropped = symbol < 0 && spec_.drop_unk && !fallback_.covers(part.substr(at, size));
    if (!dropped) merger.symbols.push_back({symbol, uint32_t(at), size});
    at += size;
  }
  merge_symbols(merger);
  bool anywhere = true;
  for (const Symbol& symbol : merger.symbols) {
    if (symbol.id >= 0 && symbol.id < num_tokens_) {
      out.push_back(symbol.id);
    } else if (!fallback_.append(part.substr(symbol.begin, symbol.size), spec_.fuse_unk, first, out)) {
      anywhere = false;
    }
  }
  return anywhere;
}

/// The symbol of one character of a word, spelt as the vocabulary spells it there; -1 for none.
int32_t Bpe::symbol_of(std::string_view word, size_t begin, size_t end) const {
  const bool inner = begin > 0 && !spec_.inner_prefix.empty();
  const bool last = end == word.size() && !spec_.word_suffix.empty();
  const std::string_view character = word.substr(begin, end - begin);
  if (!inner && !last) return symbols_->find(character);
  std::string spelling = inner ? spec_.inner_prefix : "";
  spelling += character;
  if (last) spelling += spec_.word_suffix;
  return symbols_->find(spelling);
}

void Bpe::merge_symbols(Merger& merger) const {
  merger.run([this](const Symbol& left, const Symbol& right) {
    return left.id < 0 || right.id < 0 ? Merge{} : merges_.find(left.id, right.id);
  });
}

}  // namespace hearth
