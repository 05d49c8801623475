#include "text/tokenizer/bpe.h"

#include <algorithm>

#include "text/tokenizer/byte_alphabet.h"
#include "text/tokenizer/normalizer.h"
#include "text/tokenizer/space_escape.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

constexpr size_t kMaxMerges = size_t(1) << 24;
constexpr size_t kMaxWordSize = size_t(16) << 20;  // merging takes some 40 bytes for each byte of a word

}  // namespace

Result<Bpe> Bpe::create(const Vocab& vocab, std::span<const std::string_view> token_bytes,
                        std::span<const std::string> merges, PreTokenizer pre_tokenizer) {
  const bool byte_level = pre_tokenizer.traits().byte_level;
  Bpe bpe(std::move(pre_tokenizer),
          byte_level ? ByteFallback::from_alphabet(vocab) : TRY(ByteFallback::from_byte_tokens(vocab)));
  bpe.num_tokens_ = int32_t(vocab.size());
  bpe.token_bytes_ = token_bytes;
  if (merges.size() > kMaxMerges) {
    return fail(ErrorCode::kCorruptData, "tokenizer.ggml.merges: {} merges, the limit is {}", merges.size(),
                kMaxMerges);
  }
  SymbolTable symbols(vocab);
  for (uint32_t byte = 0; byte_level && byte < 256; ++byte) {
    std::string spelling;
    append_utf8(spelling, alphabet_code_point(uint8_t(byte)));
    bpe.byte_symbols_[byte] = symbols.intern(spelling);
  }
  TRY(bpe.index_merges(merges, symbols));
  const PreTokenizerTraits& traits = bpe.pre_tokenizer_.traits();
  if (traits.ignore_merges || traits.newline_runs) bpe.index_words(vocab, token_bytes);
  if (!byte_level) bpe.symbols_ = std::move(symbols);
  return bpe;
}

Status Bpe::index_merges(std::span<const std::string> merges, SymbolTable& symbols) {
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
      const size_t space = merge.find(' ', 1);
      if (space == std::string_view::npos || space + 1 == merge.size()) {
        return fail(ErrorCode::kCorruptData, "tokenizer.ggml.merges[{}]: not two parts with a space between",
                    begin + i);
      }
      Parts& parts = batch[i];
      parts.left = merge.substr(0, space);
      parts.right = merge.substr(space + 1);
      parts.joined.assign(parts.left).append(parts.right);
      for (const std::string_view text : {parts.left, parts.right, std::string_view(parts.joined)}) {
        symbols.prefetch(text);
      }
    }
    for (size_t i = 0; i < size; ++i) {
      const int32_t left = symbols.intern(batch[i].left), right = symbols.intern(batch[i].right);
      const std::optional<int32_t> joined = symbols.intern_mergeable(batch[i].joined);
      if (!joined) continue;
      merges_.insert(left, right, {uint32_t(begin + i), *joined});
      if (!pre_tokenizer_.traits().byte_level) boundaries_.add(batch[i].joined);
    }
  }
  return {};
}

void Bpe::index_words(const Vocab& vocab, std::span<const std::string_view> token_bytes) {
  words_.emplace(vocab.size());
  const bool newlines_only = !pre_tokenizer_.traits().ignore_merges;
  for (TokenId id = 0; vocab.contains(id); ++id) {
    const std::string_view bytes = token_bytes[id];
    if (!SymbolTable::is_mergeable(vocab.type(id)) || bytes.empty()) continue;
    if (newlines_only && bytes.find_first_not_of('\n') != std::string_view::npos) continue;
    words_->insert(bytes, id, [&](int32_t other) { return token_bytes[other]; });
  }
}

Status Bpe::encode(std::string_view text, EncodeScratch& scratch, std::vector<TokenId>& out) const {
  std::string normalized;  // what `text` views into where it had to change
  if (needs_normalizing(text, pre_tokenizer_.traits().normal_form)) {
    normalized = normalize(text, pre_tokenizer_.traits().normal_form);
    text = normalized;
  }
  if (!pre_tokenizer_.traits().byte_level) {
    normalized = escape_spaces(text);
    text = normalized;
  }
  scratch.word_ends.clear();
  TRY(pre_tokenizer_.split(text, scratch.word_ends));
  size_t begin = 0;
  for (const uint32_t end : scratch.word_ends) {
    const std::string_view word = text.substr(begin, end - begin);
    if (scratch.stopped()) return encoding_stopped();
    if (word.size() > kMaxWordSize) {
      return fail_hint(ErrorCode::kResourceLimit, "break its longest run of letters or symbols",
                       "the text at byte {} has a word of {} bytes, the limit is {}", begin, word.size(),
                       kMaxWordSize);
    }
    scratch.cache.append(word, out, [&] {
      encode_word(word, scratch.merger, out);
      return true;
    });
    begin = end;
  }
  return {};
}

void Bpe::encode_word(std::string_view word, Merger& merger, std::vector<TokenId>& out) const {
  if (words_) {
    const TokenId id = words_->find(word, [this](int32_t other) { return token_bytes_[other]; });
    if (id >= 0) {
      out.push_back(id);
      return;
    }
  }
  if (symbols_) {
    merge_code_points(word, merger, out);
  } else {
    merge_bytes(word, merger, out);
  }
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
  merge_symbols(word, merger, out);
}

void Bpe::merge_code_points(std::string_view word, Merger& merger, std::vector<TokenId>& out) const {
  for (size_t begin = 0; begin < word.size();) {
    const size_t end = boundaries_.end_of_part(word, begin);
    const std::string_view part = word.substr(begin, end - begin);
    merger.symbols.clear();
    for (size_t at = 0; at < part.size();) {
      const uint32_t size = next_utf8(part.substr(at)).size;
      merger.symbols.push_back({symbols_->find(part.substr(at, size)), uint32_t(at), size});
      at += size;
    }
    merge_symbols(part, merger, out);
    begin = end;
  }
}

void Bpe::merge_symbols(std::string_view word, Merger& merger, std::vector<TokenId>& out) const {
  merger.run([this](const Symbol& left, const Symbol& right) {
    return left.id < 0 || right.id < 0 ? Merge{} : merges_.find(left.id, right.id);
  });
  for (const Symbol& symbol : merger.symbols) {
    if (symbol.id >= 0 && symbol.id < num_tokens_) {
      out.push_back(symbol.id);
    } else {
      fallback_.append(word.substr(symbol.begin, symbol.size), out);
    }
  }
}

}  // namespace hearth
