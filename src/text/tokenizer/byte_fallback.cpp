#include "text/tokenizer/byte_fallback.h"

#include <algorithm>

#include "text/unicode/byte_alphabet.h"
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
  ByteFallback fallback = unknown_only(vocab);
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

ByteFallback ByteFallback::unknown_only(const Vocab& vocab) {
  ByteFallback fallback;
  fallback.whole_pieces_ = true;
  const TokenId unk_id = vocab.unk_id().value_or(-1);
  if (vocab.contains(unk_id) && vocab.type(unk_id) != TokenType::kControl) fallback.unk_id_ = unk_id;
  return fallback;
}

bool ByteFallback::has_bytes(std::string_view piece) const {
  return std::ranges::all_of(piece, [this](char byte) { return tokens_[uint8_t(byte)] >= 0; });
}

bool ByteFallback::covers(std::string_view piece) const { return unk_id_ || has_bytes(piece); }

void ByteFallback::append(std::string_view piece, std::vector<TokenId>& out) const {
  append(piece, false, out.size(), out);
}

bool ByteFallback::append(std::string_view piece, bool fused, size_t first, std::vector<TokenId>& out) const {
  if (whole_pieces_ && !has_bytes(piece)) {
    if (!unk_id_) return true;
    const bool joins = fused && out.size() > first && out.back() == *unk_id_;
    if (!joins) out.push_back(*unk_id_);
    return false;
  }
  for (const char byte : piece) {
    if (tokens_[uint8_t(byte)] >= 0) out.push_back(tokens_[uint8_t(byte)]);
  }
  return true;
}

}  // namespace hearth
