#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "text/input/text_input.h"
#include "text/tokenizer/stream_decoder.h"
#include "text/tokenizer/tokenizer.h"
#include "text/unicode/utf8.h"

// What holds of every vocabulary that is read, whatever file it comes from.

namespace hearth::fuzz {

/// Of two texts as one: as many segments as tokens, and no more than there is room for.
inline void check_pair(const Tokenizer& tokenizer, std::string_view first, std::string_view second) {
  const auto whole = encode_pair(tokenizer, first, second);
  if (!whole) return;
  CHECK(whole->ids.size() == whole->types.size() && !whole->is_cut());
  for (const TokenId id : whole->ids) CHECK(tokenizer.vocab().contains(id));
  const size_t most = whole->ids.size() / 2 + 1;
  const auto cut = encode_pair(tokenizer, first, second, most);
  if (cut) CHECK(cut->ids.size() <= most && cut->num_whole == whole->ids.size());
}

/// Reading, creating and encoding end in a value or in an error with a message, ids lie in the vocabulary,
/// and what a stream says is what decoding says.
inline void check_vocabulary(Result<VocabData> vocabulary, std::string_view text) {
  if (!vocabulary) {
    CHECK(!vocabulary.error().message.empty() && !vocabulary.error().hint.empty());
    return;
  }
  const auto tokenizer = Tokenizer::create(std::move(*vocabulary));
  if (!tokenizer) {
    CHECK(!tokenizer.error().message.empty());
    return;
  }
  for (const bool special : {false, true}) {
    const auto ids = tokenizer->encode(text, {.add_special = special, .parse_special = special});
    if (!ids) continue;
    StreamDecoder stream(*tokenizer);
    std::string streamed;
    for (const TokenId id : *ids) {
      CHECK(tokenizer->vocab().contains(id));
      streamed += stream.push(id);
    }
    CHECK(streamed + stream.flush() == sanitize_utf8(tokenizer->decode(*ids)));
  }
  check_pair(*tokenizer, text.substr(0, text.size() / 2), text.substr(text.size() / 2));
}

}  // namespace hearth::fuzz
