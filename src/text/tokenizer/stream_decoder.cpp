#include "text/tokenizer/stream_decoder.h"

#include "text/unicode/utf8.h"

namespace hearth {

std::string StreamDecoder::push(TokenId id) {
  std::string_view bytes = tokenizer_->piece(id, options_.render_special);
  if (bytes.empty()) return {};
  if (options_.at_start && !started_ && tokenizer_->starts_with_prefix(id)) bytes.remove_prefix(1);
  started_ = true;
  pending_ += bytes;
  std::string text;
  pending_.erase(0, sanitize_utf8_prefix(pending_, text));
  return text;
}

std::string StreamDecoder::flush() {
  std::string text = sanitize_utf8(pending_);
  pending_.clear();
  started_ = false;
  return text;
}

}  // namespace hearth
