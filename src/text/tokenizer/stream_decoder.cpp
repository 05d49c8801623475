#include "text/tokenizer/stream_decoder.h"

#include "text/unicode/utf8.h"

namespace hearth {

std::string StreamDecoder::push(TokenId id, bool spell) {
  tokenizer_->append_text(id, cursor_, spell || options_.render_special, pending_);
  std::string text;
  pending_.erase(0, sanitize_utf8_prefix(pending_, text));
  return text;
}

std::string StreamDecoder::flush() {
  std::string text = sanitize_utf8(pending_);
  pending_.clear();
  cursor_ = {.started = !options_.at_start};
  return text;
}

}  // namespace hearth
