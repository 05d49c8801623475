#include "text/tokenizer/byte_fallback.h"

#include <algorithm>

#include "text/tokenizer/byte_alphabet.h"
#include "text/unicode/utf8.h"

namespace hearth {

ByteFallback ByteFallback::from_alphabet(const Vocab& vocab) {
  ByteFallback fallback;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    std::string spelling;
    append_utf8(spelling, alphabet_code_point(uint8_t(byte)));
    const TokenId id = vocab.find(spelling).value_or(-1);
    const TokenType type = vocab.type(id);
    if (type != TokenType::kControl && type != TokenType::kUnknown) fallback.tokens_[byte] = id;
  }
  return fallback;
}

Result<ByteFallback> ByteFallback::from_byte_tokens(const Vocab& vocab) {
  ByteFallback fallback;
  fallback.whole_pieces_ = true;
  const TokenId unk_id = vocab.unk_id().value_or(-1);
  if (vocab.contains(unk_id) && vocab.type(unk_id) != TokenType::kControl) fallback.unk_id_ = unk_id;
  bool typed = false;
  for (TokenId id = 0; vocab.contains(id); ++id) {
    if (vocab.type(id) != TokenType::kByte) continue;
    const std::optional<uint8_t> byte = parse_byte_token(vocab.text(id));
    if (!byte) {
      return fail(ErrorCode::kCorruptData,
                  "tokenizer.ggml.tokens[{}]: a byte token must read <0xHH>, not \"{}\"", id,
                  sanitize_utf8(vocab.text(id).substr(0, 32)));
    }
    typed = true;
    if (fallback.tokens_[*byte] < 0) fallback.tokens_[*byte] = id;
  }
  for (TokenId id = 0; !typed && vocab.contains(id); ++id) {  // a file without types
    const std::optional<uint8_t> byte = parse_byte_token(vocab.text(id));
    if (byte && fallback.tokens_[*byte] < 0) fallback.tokens_[*byte] = id;
  }
  return fallback;
}

void ByteFallback::append(std::string_view piece, std::vector<TokenId>& out) const {
  const auto has_token = [this](char byte) { return tokens_[uint8_t(byte)] >= 0; };
  if (whole_pieces_ && !std::ranges::all_of(piece, has_token)) {
    if (unk_id_) out.push_back(*unk_id_);
    return;
  }
  for (const char byte : piece) {
    if (has_token(byte)) out.push_back(tokens_[uint8_t(byte)]);
  }
}

}  // namespace hearth
